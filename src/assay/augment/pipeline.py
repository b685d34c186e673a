"""Pipeline: a policy that makes the square once, and steps that change it one after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.augment.policy import ImagePolicy, ImageStep
from assay.data.preprocessing import ByteImage, Preprocessing, Resize
from assay.files import digest_of


class Pipeline(ImagePolicy):
    """The view of a policy, or without one the square that evaluation sees, and then every step in order."""

    def __init__(self, first: ImagePolicy | None, steps: Sequence[ImageStep]) -> None:
        """Take the parts; each of them is a function of the random state that the one before leaves."""
        self.first = first
        self.steps = tuple(steps)

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """One view of a picture, see `ImagePolicy`."""
        view = Preprocessing(size, resize)(image) if self.first is None else self.first(image, size, resize, rng)
        for step in self.steps:
            view = step(view, rng)
        return np.ascontiguousarray(view)

    @property
    def digest(self) -> str:
        """Hex sha256 over the digests of the parts, in their order."""
        first = None if self.first is None else self.first.digest
        return digest_of({"policy": "Pipeline", "first": first, "steps": [step.digest for step in self.steps]})


def pipeline(first: ImagePolicy | None, steps: Sequence[ImageStep]) -> ImagePolicy | None:
    """The policy that these parts make; None when there are none."""
    return Pipeline(first, steps) if steps else first
