"""What an image dataset asks for: ImagePolicy makes a random view of one picture, ImageStep changes a finished view."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from assay.data.preprocessing import ByteImage, Resize
from assay.files import digest_of


class _Settings:
    """What is made of settings, its public attributes, and is told apart by them."""

    trains_on: ClassVar[tuple[str, ...]] = ()  # corruptions that it puts pictures through, as evaluation names them
    version = 1  # counts up whenever the same settings and random state give other pixels

    @property
    def digest(self) -> str:
        """Hex sha256 over class, version and settings."""
        settings = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return digest_of({"policy": type(self).__qualname__, "version": self.version, "settings": settings})


class ImagePolicy(_Settings, ABC):
    """Base of all image policies. What a policy does is decided by its settings and the random state it is handed.

    Attributes:
        whole_pictures: whether it works on pictures as they come, and leaves scaling to the preprocessing; one that
            scales windows shows other traces than `data.resize=native` keeps.
    """

    whole_pictures: ClassVar[bool] = False

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


class ImageStep(_Settings, ABC):
    """Base of what is done to a view after it has been made; any number of steps follow one another."""

    @abstractmethod
    def __call__(self, view: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The view, changed.

        Args:
            view: uint8 RGB [S, S, 3]; left alone.
            rng: the only source of randomness.

        Returns:
            uint8 RGB [S, S, 3]; may be the view itself where nothing is to be done.
        """
