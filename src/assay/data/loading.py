"""image_loader: batches of an ImageDataset, read by worker processes that keep out of each other's way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any, Literal

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader, get_worker_info

from assay.data.cores import usable_cores
from assay.data.dataset import ImageDataset, Item
from assay.data.sampler.epoch_sampler import EpochSampler
from assay.errors import DataError

Batch = tuple[Tensor, Tensor]
MOST_WORKERS = 8


class ImageLoader(DataLoader[Item]):
    """Batches of (uint8 images [B, 3, S, S] in channels-last memory, int64 labels [B]).

    The dataset follows the epoch of the sampler, so that `sampler.set_epoch(e)` is all that a new epoch needs.
    """

    dataset: ImageDataset

    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]
        """Go through one epoch.

        Raises:
            DataError: an image cannot be read; says which.
        """
        if isinstance(self.sampler, EpochSampler):
            self.dataset.set_epoch(self.sampler.epoch)
        batch: Any
        for batch in super().__iter__():
            if isinstance(batch, DataError):
                # Workers end now: those that are left to whoever holds the traceback take five seconds each.
                self._iterator = None
                raise DataError(str(batch))
            images, labels = batch
            yield images, labels


def image_loader(
    dataset: ImageDataset,
    batch_size: int,
    *,
    sampler: EpochSampler | None = None,
    workers: int | Literal["auto"] = "auto",
    drop_last: bool = False,
    start_method: Literal["fork", "spawn", "forkserver"] | None = None,
) -> ImageLoader:
    """Batches of a dataset; what they hold does not depend on the number of workers.

    Args:
        dataset: images and labels.
        batch_size: images per batch and process.
        sampler: the rows of an epoch and their order; None for all rows, in order.
        workers: processes that read ahead; 0 reads in this one, "auto" leaves one core to the model.
        drop_last: leave out a last batch that is not full.
        start_method: of the workers; None for Python's default.
    """
    count = worker_count(len(dataset) / batch_size) if workers == "auto" else workers
    return ImageLoader(
        dataset,
        batch_size,
        sampler=sampler,
        num_workers=count,
        collate_fn=_collate,
        pin_memory=torch.cuda.is_available(),
        drop_last=drop_last,
        worker_init_fn=_start_worker,
        multiprocessing_context=start_method if count else None,
        persistent_workers=count > 0,
        # Its own generator: iterating must not move the global random state on.
        generator=torch.Generator().manual_seed(0),
    )


def worker_count(batches: float) -> int:
    """Number of workers that suits the cores of this process and the batches of an epoch."""
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return int(max(0, min(MOST_WORKERS, usable_cores() // processes - 1, batches // 2)))


def _start_worker(worker: int) -> None:
    """One thread per worker; Ctrl-C is for the main process, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    # 0 also means one thread. 1 would wait for the end of threads that a fork does not copy: for ever, where the main
    # process has used OpenCV before.
    cv2.setNumThreads(0)


def _collate(items: list[Item | DataError]) -> Batch | DataError:
    """One uint8 tensor for all images, written once: in shared memory where the batch has to leave a worker."""
    good: list[Item] = []
    for item in items:
        if isinstance(item, DataError):
            return item
        good.append(item)
    _, height, width = good[0][0].shape
    pixels = torch.empty((len(good), height, width, 3), dtype=torch.uint8)
    if get_worker_info() is not None:
        pixels.share_memory_()
    images = pixels.permute(0, 3, 1, 2)
    for target, (image, _) in zip(images, good, strict=True):
        target.copy_(image)
    return images, torch.tensor([label for _, label in good], dtype=torch.int64)
