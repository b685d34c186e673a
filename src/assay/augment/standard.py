"""Standard: the gentle policy: a window, flips, a small turn, some light."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from assay.augment.albumentations_policy import AlbumentationsPolicy, albumentations
from assay.augment.window import random_window
from assay.config.bounds import AtLeast, Between
from assay.data.preprocessing import ByteImage, Resize


class Standard(AlbumentationsPolicy):
    """A random window of the picture, flipped, turned by a few degrees, with changed brightness and contrast."""

    def __init__(
        self,
        *,
        min_area: Annotated[float, Between(0.01, 1)] = 0.6,
        max_stretch: Annotated[float, AtLeast(1)] = 1.2,
        horizontal_flip: Annotated[float, Between(0, 1)] = 0.5,
        vertical_flip: Annotated[float, Between(0, 1)] = 0.0,
        rotate_probability: Annotated[float, Between(0, 1)] = 0.5,
        rotate_degrees: Annotated[float, Between(0, 180)] = 10.0,
        light_probability: Annotated[float, Between(0, 1)] = 0.5,
        brightness: Annotated[float, Between(0, 1)] = 0.2,
        contrast: Annotated[float, Between(0, 1)] = 0.2,
    ) -> None:
        """Take the settings and build the transforms.

        Args:
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
        self.min_area = min_area
        self.max_stretch = max_stretch
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rotate_probability = rotate_probability
        self.rotate_degrees = rotate_degrees
        self.light_probability = light_probability
        self.brightness = brightness
        self.contrast = contrast
        # Here and not in the first worker that needs it: forked workers then share one import of the library.
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
