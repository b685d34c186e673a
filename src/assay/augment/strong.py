"""Strong: the rough policy: a smaller window, flips both ways, large turns, light, blur, noise, a covered patch."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from assay.augment.albumentations_policy import AlbumentationsPolicy, albumentations
from assay.augment.window import random_window
from assay.config.bounds import AtLeast, Between
from assay.data.preprocessing import ByteImage, Resize


class Strong(AlbumentationsPolicy):
    """A small window, flipped both ways, turned far, with changed light, now and then blurred, noisy, partly covered.

    For few images of a class, and for backbones that are trained. Not for classes that differ by orientation or by
    brightness: then turn `vertical_flip`, `rotate_degrees`, `brightness` or `contrast` down.
    """

    def __init__(
        self,
        *,
        min_area: Annotated[float, Between(0.01, 1)] = 0.3,
        max_stretch: Annotated[float, AtLeast(1)] = 1.35,
        horizontal_flip: Annotated[float, Between(0, 1)] = 0.5,
        vertical_flip: Annotated[float, Between(0, 1)] = 0.5,
        rotate_probability: Annotated[float, Between(0, 1)] = 0.7,
        rotate_degrees: Annotated[float, Between(0, 180)] = 30.0,
        light_probability: Annotated[float, Between(0, 1)] = 0.8,
        brightness: Annotated[float, Between(0, 1)] = 0.3,
        contrast: Annotated[float, Between(0, 1)] = 0.3,
        gamma_probability: Annotated[float, Between(0, 1)] = 0.3,
        gamma: Annotated[float, Between(0, 0.9)] = 0.3,
        blur_probability: Annotated[float, Between(0, 1)] = 0.2,
        blur_sigma: Annotated[float, Between(0.1, 10)] = 1.5,
        noise_probability: Annotated[float, Between(0, 1)] = 0.2,
        noise: Annotated[float, Between(0, 1)] = 0.05,
        occlusion_probability: Annotated[float, Between(0, 1)] = 0.2,
        occlusion: Annotated[float, Between(0.02, 0.9)] = 0.25,
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
            gamma_probability: probability of a change of gamma.
            gamma: largest change of the exponent, from 1 - gamma to 1 + gamma.
            blur_probability: probability of a Gaussian blur.
            blur_sigma: its largest standard deviation, in pixels of the view; the smallest is 0.1.
            noise_probability: probability of Gaussian noise, the same in all channels.
            noise: its largest standard deviation, as a share of full white.
            occlusion_probability: probability that a rectangle is covered in mid-grey.
            occlusion: longest side of the rectangle, as a share of the view's; the shortest is a tenth of that.
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
        self.gamma_probability = gamma_probability
        self.gamma = gamma
        self.blur_probability = blur_probability
        self.blur_sigma = blur_sigma
        self.noise_probability = noise_probability
        self.noise = noise
        self.occlusion_probability = occlusion_probability
        self.occlusion = occlusion
        # Here and not in the first worker that needs it: forked workers then share one import of the library.
        self._built()

    def square(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """A random window, as a square."""
        return random_window(image, size, resize, rng, min_area=self.min_area, max_stretch=self.max_stretch)

    def transforms(self) -> list[Any]:
        """Geometry first, then light, then what a camera adds, then what stands in front of it."""
        import cv2

        library = albumentations()
        side = (self.occlusion / 10, self.occlusion)
        return [
            library.HorizontalFlip(p=self.horizontal_flip),
            library.VerticalFlip(p=self.vertical_flip),
            library.Rotate(
                limit=(-self.rotate_degrees, self.rotate_degrees),
                border_mode=cv2.BORDER_REFLECT_101,
                p=self.rotate_probability,
            ),
            library.RandomBrightnessContrast(
                brightness_limit=(-self.brightness, self.brightness),
                contrast_limit=(-self.contrast, self.contrast),
                p=self.light_probability,
            ),
            library.RandomGamma(gamma_limit=(100 * (1 - self.gamma), 100 * (1 + self.gamma)), p=self.gamma_probability),
            library.GaussianBlur(blur_limit=0, sigma_limit=(0.1, self.blur_sigma), p=self.blur_probability),
            library.GaussNoise(std_range=(0.0, self.noise), per_channel=False, p=self.noise_probability),
            library.CoarseDropout(
                num_holes_range=(1, 1),
                hole_height_range=side,
                hole_width_range=side,
                fill=128,
                p=self.occlusion_probability,
            ),
        ]
