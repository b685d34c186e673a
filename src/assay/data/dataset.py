"""ImageDataset: the images of a manifest as uint8 tensors, preprocessed or augmented."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from torch.utils.data import Dataset

from assay.data.image import Pixels, read_image
from assay.data.kept_pixels import KeptPixels
from assay.data.manifest import Manifest
from assay.data.preprocessing import ImagePolicyLike, Preprocessing
from assay.errors import DataError
from assay.predictions import IntArray

Item = tuple[Tensor, int]


class ImageDataset(Dataset[Item]):
    """One item per row of a manifest: (uint8 RGB tensor [3, S, S], label).

    The tensor is a view of interleaved pixels, so that a batch is channels-last; normalisation is left to the network.
    """

    def __init__(
        self,
        manifest: Manifest,
        preprocessing: Preprocessing,
        augment: ImagePolicyLike | None = None,
        *,
        augment_class: Mapping[int, ImagePolicyLike] | None = None,
        seed: int = 0,
        targets: IntArray | None = None,
        sizes: Sequence[int] = (),
        kept: KeptPixels | None = None,
    ) -> None:
        """Refer to the images; none is read yet.

        Args:
            manifest: the images, in the order of the items.
            preprocessing: how a picture becomes a square; makes the views of `augment` too.
            augment: the policy for training images; None for preprocessing alone.
            augment_class: class index -> the policy that its images get instead.
            seed: with the epoch and the image's id, decides what `augment` does.
            targets: [N] int, what an item holds in place of its label; None takes the label.
            sizes: side of the square in each epoch, in pixels; none for that of `preprocessing` in all.
            kept: where pictures are read that were scaled down before; None reads files.
        """
        self.manifest = manifest
        self.preprocessing = preprocessing
        self.augment = augment
        self.augment_class = dict(augment_class or {})
        self.seed = seed
        self._sizes, self._kept = tuple(sizes), kept
        # Arrow, not lists: forked workers would copy page after page of Python objects as they count references.
        self._paths = pa.array(manifest.table["path"])
        self._ids = pa.array(manifest.table["id"])
        self._labels = manifest.labels
        self._targets = self._labels if targets is None else targets
        self._again = manifest.table.groupby("id").cumcount().to_numpy()  # an image that is listed once more
        # In shared memory: workers that outlive an epoch hold a copy of this object from before it.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def epoch(self) -> int:
        """The epoch whose augmentations the items show."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Show the augmentations of another epoch, in running workers too."""
        self._epoch.fill_(epoch)

    def __getitem__(self, index: int) -> Item:
        """Image and label of a row.

        Args:
            index: row; a `Draw` of a sampler that repeats rows gives each repetition an augmentation of its own.

        Raises:
            DataError: the file cannot be read as an image.
        """
        row = int(index)
        preprocessing, path, image_id = self._preprocessing, self._paths[row].as_py(), self._ids[row].as_py()
        label = int(self._labels[row])
        augment = self.augment_class.get(label, self.augment)
        if augment is None:
            square = self._square(path, image_id, preprocessing)
        else:
            rng = augmentation_rng(self.seed, self.epoch, image_id, getattr(index, "repeat", 0), int(self._again[row]))
            square = preprocessing.view(self._picture(path, image_id, preprocessing), augment, rng)
        return torch.from_numpy(square).permute(2, 0, 1), int(self._targets[row])

    def _square(self, path: str, image_id: str, preprocessing: Preprocessing) -> Pixels:
        if self._kept is not None:
            return self._kept.square(path, image_id, preprocessing)
        return preprocessing(read_image(path, preprocessing.samples, seen_whole=True))

    def _picture(self, path: str, image_id: str, preprocessing: Preprocessing) -> Pixels:
        if self._kept is not None:
            return self._kept.shrunk(path, image_id, preprocessing.samples)
        return read_image(path, preprocessing.samples, seen_whole=True)

    @property
    def _preprocessing(self) -> Preprocessing:
        """That of the epoch."""
        if not self._sizes:
            return self.preprocessing
        return replace(self.preprocessing, size=self._sizes[min(self.epoch, len(self._sizes) - 1)])

    def __getitems__(self, indices: list[int]) -> list[Item | DataError]:
        """The items of a batch; one that cannot be read is the error itself, so that it leaves a worker unharmed."""
        return [self._item_or_error(index) for index in indices]

    def _item_or_error(self, index: int) -> Item | DataError:
        try:
            return self[index]
        except DataError as error:
            return error


def augmentation_rng(seed: int, epoch: int, image_id: str, repeat: int = 0, again: int = 0) -> np.random.Generator:
    """Random state of one view of one image: the same whoever asks, in whatever order.

    Args:
        seed: of the run.
        epoch: or the number of the view, where views are computed once and kept.
        image_id: sha256 of the image's bytes.
        repeat: how often the epoch has shown the image before.
        again: how many rows with the same image come before this one.
    """
    image = int.from_bytes(hashlib.blake2b(image_id.encode(), digest_size=8).digest(), "little")
    return np.random.default_rng([seed, epoch, image, repeat, again] if again else [seed, epoch, image, repeat])
