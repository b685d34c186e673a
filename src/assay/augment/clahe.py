"""CLAHE: contrast brought out place by place."""

from __future__ import annotations

from typing import Annotated, Any

from assay.augment.albumentations_policy import AlbumentationsStep, albumentations
from assay.config.bounds import AtLeast, Between


class Clahe(AlbumentationsStep):
    """With a probability, local contrast of a random strength, so that a model learns to do with and without.

    Only training images are changed. To see every picture that way, equalise the files themselves, so that what is
    measured is what is served.

    Source: contrast limited adaptive histogram equalisation, Zuiderveld (1994), on the lightness of the picture.
    """

    def __init__(
        self,
        *,
        p: Annotated[float, Between(0, 1)] = 0.5,
        clip_limit: Annotated[float, AtLeast(1)] = 4.0,
        tiles: Annotated[int, AtLeast(1)] = 8,
    ) -> None:
        """Take the settings and build the transform.

        Args:
            p: probability that a view is changed.
            clip_limit: the most that contrast is raised by; drawn from 1 to this.
            tiles: places along each side with a histogram of their own.
        """
        self.p = p
        self.clip_limit = clip_limit
        self.tiles = tiles
        self._built()

    def transforms(self) -> list[Any]:
        """The one transform."""
        return [
            albumentations().CLAHE(clip_limit=(1.0, self.clip_limit), tile_grid_size=(self.tiles, self.tiles), p=self.p)
        ]
