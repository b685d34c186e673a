"""ImagePolicy: a random view of one picture, as an image dataset asks for it."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from assay.data.preprocessing import ByteImage, Resize
from assay.files import digest_of


class ImagePolicy(ABC):
    """Base of all image policies. What a policy does is decided by its settings and the random state it is handed."""

    version = 1  # counts up whenever the same settings and random state give other pixels

    @abstractmethod
    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """One view of a picture.

        Args:
            image: uint8 RGB [H, W, 3]; left alone.
            size: side of the view, in pixels.
            resize: how evaluation brings a picture to a square; a view has to look like one of those.
            rng: the only source of randomness.

        Returns:
            uint8 RGB [size, size, 3], contiguous.
        """

    @property
    def digest(self) -> str:
        """Hex sha256 over the policy's class, version and settings (its public attributes)."""
        settings = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return digest_of({"policy": type(self).__qualname__, "version": self.version, "settings": settings})
