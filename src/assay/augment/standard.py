"""Standard: the gentle policy: a window, flips, a small turn, some light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from assay.augment.albumentations_policy import AlbumentationsPolicy, albumentations
from assay.augment.window import random_window
from assay.config.bounds import AtLeast, Between
from assay.data.preprocessing import ByteImage, Resize


@dataclass(kw_only=True, eq=False)
class Standard(AlbumentationsPolicy):
    """A random window of the picture, flipped, turned by a few degrees, with changed brightness and contrast.

    Attributes:
        min_area: smallest share of the picture that a window shows; see `random_window`.
        max_stretch: largest change of the aspect ratio.
        horizontal_flip: probability of mirroring left and right.
        vertical_flip: probability of mirroring top and bottom.
        rotate_probability: probability of a turn.
        rotate_degrees: largest turn to either side; corners are filled with the mirrored picture.
        light_probability: probability of a change of brightness and contrast.
        brightness: largest change, as a share of full white.
        contrast: largest change, as a share of the contrast.
    """

    min_area: Annotated[float, Between(0.01, 1)] = 0.6
    max_stretch: Annotated[float, AtLeast(1)] = 1.2
    horizontal_flip: Annotated[float, Between(0, 1)] = 0.5
    vertical_flip: Annotated[float, Between(0, 1)] = 0.0
    rotate_probability: Annotated[float, Between(0, 1)] = 0.5
    rotate_degrees: Annotated[float, Between(0, 180)] = 10.0
    light_probability: Annotated[float, Between(0, 1)] = 0.5
    brightness: Annotated[float, Between(0, 1)] = 0.2
    contrast: Annotated[float, Between(0, 1)] = 0.2

    def __post_init__(self) -> None:
        """Build the transforms here and not in the first worker that needs them: forked workers share one import."""
        self._built()

    def square(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """A random window, as a square."""
        return random_window(image, size, resize, rng, min_area=self.min_area, max_stretch=self.max_stretch)

    def transforms(self) -> list[Any]:
        """Flips, turn, light."""
        import cv2

        library = albumentations()
        turn = library.Rotate(
            limit=(-self.rotate_degrees, self.rotate_degrees),
            border_mode=cv2.BORDER_REFLECT_101,
            p=self.rotate_probability,
        )
        light = library.RandomBrightnessContrast(
            brightness_limit=(-self.brightness, self.brightness),
            contrast_limit=(-self.contrast, self.contrast),
            p=self.light_probability,
        )
        return [
            library.HorizontalFlip(p=self.horizontal_flip),
            library.VerticalFlip(p=self.vertical_flip),
            turn,
            light,
        ]
