"""Policies and steps made of transforms of the library albumentations, seeded for each image."""

from __future__ import annotations

import os
import random
from abc import abstractmethod
from types import ModuleType
from typing import Any

import numpy as np

from assay.augment.policy import ImagePolicy, ImageStep
from assay.data.preprocessing import ByteImage, Resize


class _Transforms:
    """The transforms, built once, and run one by one.

    The library's own seeding (`set_random_seed`) builds two generators for each transform, some 30 µs each; handing all
    transforms the two generators of the image (`set_random_state`) costs a tenth and keeps each view a function of its
    random state.
    """

    @abstractmethod
    def transforms(self) -> list[Any]:
        """The library's transforms, in order; they must keep size and dtype."""

    def _run(self, view: ByteImage, rng: np.random.Generator) -> ByteImage:
        python_random = random.Random(int(rng.integers(2**63)))
        for transform in self._built():
            transform.set_random_state(rng, python_random)
            view = transform(image=view)["image"]
        return np.ascontiguousarray(view)

    def _built(self) -> list[Any]:
        if not hasattr(self, "_ready"):
            self._ready = [transform for transform in self.transforms() if transform.p > 0]
        return self._ready


class AlbumentationsPolicy(_Transforms, ImagePolicy):
    """Base of policies that make a square of a picture and then apply transforms of the library to it."""

    @abstractmethod
    def square(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """Uint8 [H, W, 3] to uint8 [size, size, 3]."""

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """One view of a picture, see `ImagePolicy`."""
        return self._run(self.square(image, size, resize, rng), rng)


class AlbumentationsStep(_Transforms, ImageStep):
    """Base of steps that apply transforms of the library to a view."""

    def __call__(self, view: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The view, changed, see `ImageStep`."""
        return self._run(view, rng)


def albumentations() -> ModuleType:
    """The library, imported when first needed (a second or more), without its look at PyPI for a newer version."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    import albumentations as library

    return library
