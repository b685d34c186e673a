"""Preview: for some classes a training picture as evaluation sees it, and the views of it that training would see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.augment.minority import Policies
from assay.data.dataset import augmentation_rng
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import ByteImage, Preprocessing

if TYPE_CHECKING:
    from assay.augment.mixing.mixing import Mixing

BATCH = 32
"""Pictures in a batch that is mixed; partners come from all of them."""


@dataclass(frozen=True)
class Mixed:
    """A picture after mixing, and the soft label that it is trained with."""

    picture: ByteImage
    target: tuple[float, ...]


@dataclass(frozen=True)
class Preview:
    """One class.

    Attributes:
        label: class index.
        images: training images of the class.
        special: whether the class has a policy of its own.
        original: a picture of it as evaluation sees it, uint8 [S, S, 3].
        views: of that picture, as the first epochs of a training see it.
        mixed: one of each view after mixing with others; empty without mixing.
    """

    label: int
    images: int
    special: bool
    original: ByteImage
    views: tuple[ByteImage, ...]
    mixed: tuple[Mixed, ...] = ()


def preview(
    train: Manifest,
    labels: Sequence[int],
    preprocessing: Preprocessing,
    policies: Policies,
    *,
    mixing: Mixing | None = None,
    views: int = 6,
    seed: int = 0,
) -> list[Preview]:
    """What training would see of one picture of each of these classes.

    Views are those of a training on pictures with this seed: number k is the view of epoch k. Which picture of a class
    is shown depends on the seed alone.

    Args:
        train: the training images.
        labels: classes that have some, in the order wanted.
        preprocessing: of the run.
        policies: image policies by class.
        mixing: of batches; each row k of views is mixed within a batch of pictures of epoch k.
        views: how many of each picture.
        seed: of the run.

    Raises:
        DataError: a picture cannot be read.
    """
    rng = np.random.default_rng(seed)
    chosen = [int(rng.choice(np.flatnonzero(train.labels == label))) for label in labels]
    others = np.setdiff1d(np.arange(len(train)), chosen)
    filling = rng.permutation(others)[: max(0, BATCH - len(chosen)) if mixing else 0].tolist()
    rows = [*chosen, *filling]
    pictures = [read_image(train.paths[row], preprocessing.samples) for row in rows]
    seen = [
        _views(train, row, picture, preprocessing, policies, views, seed)
        for row, picture in zip(rows, pictures, strict=True)
    ]
    blends = _blends(seen, train.labels[rows], len(train.class_names), mixing, seed) if mixing else []
    return [
        Preview(
            label=label,
            images=int((train.labels == label).sum()),
            special=label in policies.special,
            original=preprocessing(pictures[index]),
            views=tuple(seen[index]),
            mixed=tuple(blend[index] for blend in blends),
        )
        for index, label in enumerate(labels)
    ]


def _views(
    train: Manifest,
    row: int,
    picture: ByteImage,
    preprocessing: Preprocessing,
    policies: Policies,
    views: int,
    seed: int,
) -> list[ByteImage]:
    policy = policies.special.get(int(train.labels[row]), policies.usual)
    if policy is None:
        return [preprocessing(picture)] * views
    image_id = str(train.ids[row])
    return [preprocessing.view(picture, policy, augmentation_rng(seed, epoch, image_id)) for epoch in range(views)]


def _blends(
    seen: Sequence[Sequence[ByteImage]], labels: np.ndarray, classes: int, mixing: Mixing, seed: int
) -> list[list[Mixed]]:
    """Every batch of views, one for each epoch, mixed as a training step mixes it."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    blended = []
    for batch in zip(*seen, strict=True):
        inputs = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2).float()
        mixed, targets = mixing(inputs, torch.from_numpy(labels), classes, generator)
        pixels = mixed.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
        blended.append([Mixed(pixel, tuple(target.tolist())) for pixel, target in zip(pixels, targets, strict=True)])
    return blended
