from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from assay.augment.standard import Standard
from assay.data.dataset import ImageDataset, augmentation_rng
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sampler.epoch_sampler import RepeatedRow
from assay.errors import DataError

PLAIN = Preprocessing(24, "crop")


def augmented(manifest: Manifest, seed: int = 0) -> ImageDataset:
    return ImageDataset(manifest, PLAIN, Standard(min_area=0.2), seed=seed)


def test_an_item_is_the_preprocessed_picture_and_its_label(pictures: Manifest) -> None:
    dataset = ImageDataset(pictures, PLAIN)
    assert len(dataset) == len(pictures)
    for row, (path, label) in enumerate(zip(pictures.paths, pictures.labels, strict=True)):
        image, found = dataset[row]
        assert image.shape == (3, 24, 24)
        assert image.dtype == torch.uint8
        assert found == label
        assert np.array_equal(image.permute(1, 2, 0).numpy(), PLAIN(read_image(path)))


def test_an_augmented_item_depends_on_seed_epoch_and_image_alone(pictures: Manifest) -> None:
    dataset, other = augmented(pictures), augmented(pictures)
    for row in reversed(range(len(other))):
        other[row]
    assert all(torch.equal(dataset[row][0], other[row][0]) for row in range(len(dataset)))
    first = dataset[3][0]
    dataset.set_epoch(1)
    assert not torch.equal(dataset[3][0], first)
    dataset.set_epoch(0)
    assert torch.equal(dataset[3][0], first)
    assert not torch.equal(augmented(pictures, seed=1)[3][0], first)


def test_an_image_looks_the_same_in_another_place_of_the_manifest(pictures: Manifest) -> None:
    turned = Manifest(pictures.table.iloc[::-1], pictures.class_names)
    assert torch.equal(augmented(pictures)[0][0], augmented(turned)[len(pictures) - 1][0])


def test_an_image_that_is_drawn_again_is_augmented_in_another_way(pictures: Manifest) -> None:
    dataset = augmented(pictures)
    again = RepeatedRow(2)
    again.repeat = 1
    assert not torch.equal(dataset[again][0], dataset[2][0])
    assert torch.equal(dataset[again][0], dataset[again][0])


def test_random_states_differ_in_each_of_their_parts() -> None:
    parts = [(0, 0, "a", 0), (1, 0, "a", 0), (0, 1, "a", 0), (0, 0, "b", 0), (0, 0, "a", 1)]
    assert len({int(augmentation_rng(*part).integers(2**62)) for part in parts}) == len(parts)


def test_a_broken_image_is_named(pictures: Manifest, broken: Callable[[Manifest, int], Path]) -> None:
    path = broken(pictures, 1)
    with pytest.raises(DataError, match=path.name):
        ImageDataset(pictures, PLAIN)[1]


def test_a_class_can_have_a_policy_of_its_own(pictures: Manifest) -> None:
    strong = Standard(min_area=0.1, max_stretch=2)
    usual = augmented(pictures)
    both = ImageDataset(pictures, PLAIN, Standard(min_area=0.2), augment_class={1: strong})
    rare = ImageDataset(pictures, PLAIN, augment_class={1: strong})
    alone = ImageDataset(pictures, PLAIN, strong)
    for row, label in enumerate(pictures.labels):
        expected = alone if label == 1 else usual
        assert torch.equal(both[row][0], expected[row][0])
        plain = ImageDataset(pictures, PLAIN)
        assert torch.equal(rare[row][0], (alone if label == 1 else plain)[row][0])
