import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from assay.augment.standard import Standard
from assay.data import loading
from assay.data.dataset import ImageDataset
from assay.data.loading import ImageLoader, image_loader, worker_count
from assay.data.manifest import Manifest
from assay.data.preprocessing import ByteImage, Preprocessing
from assay.data.sampler.epoch_sampler import EpochSampler
from assay.data.sampler.shuffle import Shuffle
from assay.data.sampler.weighted import Weighted
from assay.errors import DataError

Epoch = tuple[torch.Tensor, torch.Tensor]


class Threads:
    """A policy that shows, as a colour, how many threads its process lets OpenCV and torch use."""

    def __call__(self, image: ByteImage, size: int, resize: str, rng: np.random.Generator) -> ByteImage:
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        return np.full((size, size, 3), (cv2.getNumThreads(), torch.get_num_threads(), ignored), dtype=np.uint8)


def loader_of(
    manifest: Manifest, workers: int, kind: type[EpochSampler] = Weighted, start_method: str | None = None
) -> ImageLoader:
    dataset = ImageDataset(manifest, Preprocessing(24), Standard(min_area=0.2))
    return image_loader(
        dataset,
        5,
        sampler=kind(manifest.labels),
        workers=workers,
        start_method=start_method,  # type: ignore[arg-type]
    )


def epochs(loader: ImageLoader, numbers: tuple[int, ...] = (0, 1)) -> Iterator[Epoch]:
    for number in numbers:
        loader.sampler.set_epoch(number)
        images, labels = zip(*loader, strict=True)
        yield torch.cat(images), torch.cat(labels)


def assert_same(first: Iterator[Epoch], second: Iterator[Epoch]) -> None:
    for (images, labels), (other_images, other_labels) in zip(first, second, strict=True):
        assert torch.equal(images, other_images)
        assert torch.equal(labels, other_labels)


@pytest.mark.parametrize("kind", [Shuffle, Weighted])
def test_batches_do_not_depend_on_the_number_of_workers(pictures: Manifest, kind: type[EpochSampler]) -> None:
    assert_same(epochs(loader_of(pictures, 0, kind)), epochs(loader_of(pictures, 2, kind)))


@pytest.mark.slow
def test_batches_do_not_depend_on_how_workers_are_started(pictures: Manifest) -> None:
    assert_same(epochs(loader_of(pictures, 0)), epochs(loader_of(pictures, 1, start_method="spawn")))


def test_a_new_epoch_reaches_workers_that_are_already_running(pictures: Manifest) -> None:
    dataset = ImageDataset(pictures, Preprocessing(24), Standard(min_area=0.2))
    loader = image_loader(dataset, 5, workers=1)
    first = torch.cat([images for images, _ in loader])
    running = loader._iterator
    dataset.set_epoch(1)
    second = torch.cat([images for images, _ in loader])
    assert loader._iterator is running
    assert not torch.equal(first, second)
    assert torch.equal(second, torch.cat([images for images, _ in image_loader(dataset, 5, workers=0)]))


def test_the_dataset_follows_the_epoch_of_the_sampler(pictures: Manifest) -> None:
    loader = loader_of(pictures, 0)
    loader.sampler.set_epoch(7)
    next(iter(loader))
    assert loader.dataset.epoch == 7


@pytest.mark.parametrize("workers", [0, 1])
def test_a_batch_is_bytes_in_channels_last_memory(pictures: Manifest, workers: int) -> None:
    dataset = ImageDataset(pictures, Preprocessing(24))
    batches = list(image_loader(dataset, 5, workers=workers))
    assert [len(labels) for _, labels in batches] == [5, 5, 2]
    for images, labels in batches:
        assert images.dtype == torch.uint8
        assert images.shape[1:] == (3, 24, 24)
        assert images.is_contiguous(memory_format=torch.channels_last)
        assert labels.dtype == torch.int64
    assert torch.equal(torch.cat([images for images, _ in batches]), torch.stack([image for image, _ in dataset]))
    assert torch.cat([labels for _, labels in batches]).tolist() == pictures.labels.tolist()


def test_a_last_batch_that_is_not_full_can_be_left_out(pictures: Manifest) -> None:
    loader = image_loader(ImageDataset(pictures, Preprocessing(24)), 5, workers=0, drop_last=True)
    assert [len(labels) for _, labels in loader] == [5, 5]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_broken_image_is_named_without_the_traceback_of_a_worker(
    pictures: Manifest, broken: Callable[[Manifest, int], Path], workers: int
) -> None:
    path = broken(pictures, 6)
    with pytest.raises(DataError) as caught:
        list(image_loader(ImageDataset(pictures, Preprocessing(24)), 5, workers=workers))
    assert str(caught.value).startswith(str(path))
    assert "Traceback" not in str(caught.value)


def test_a_worker_uses_one_thread_and_leaves_ctrl_c_to_the_main_process(pictures: Manifest) -> None:
    loader = image_loader(ImageDataset(pictures, Preprocessing(8), Threads()), 5, workers=1)
    for images, _ in loader:
        assert images[:, :, 0, 0].tolist() == [[1, 1, 1]] * len(images)


def test_going_through_a_loader_leaves_the_global_random_state_alone(pictures: Manifest) -> None:
    before = torch.get_rng_state()
    list(loader_of(pictures, 1))
    list(loader_of(pictures, 0))
    assert torch.equal(torch.get_rng_state(), before)


def test_workers_end_with_their_loader(pictures: Manifest) -> None:
    loader = loader_of(pictures, 2)
    list(loader)
    processes = loader._iterator._workers
    loader._iterator._shutdown_workers()
    del loader
    assert not any(process.is_alive() for process in processes)
    assert threading.active_count() < 20


def test_one_core_is_left_to_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "usable_cores", lambda: 4)
    assert worker_count(batches=100) == 3
    assert worker_count(batches=1.5) == 0
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert worker_count(batches=100) == 1
    monkeypatch.setattr(loading, "usable_cores", lambda: 128)
    assert worker_count(batches=100) == 8
    monkeypatch.setattr(loading, "usable_cores", lambda: 1)
    assert worker_count(batches=100) == 0
