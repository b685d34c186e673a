"""Strong: the rough policy: a smaller window, flips both ways, large turns, light, blur, noise, a covered patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from assay.augment.albumentations_policy import albumentations
from assay.augment.standard import Standard
from assay.config.bounds import AtLeast, Between


@dataclass(kw_only=True, eq=False)
class Strong(Standard):
    """A small window, flipped both ways, turned far, with changed light, now and then blurred, noisy, partly covered.

    For few images of a class, and for backbones that are trained. Not for classes that differ by orientation or by
    brightness: then turn `vertical_flip`, `rotate_degrees`, `brightness` or `contrast` down.

    Attributes:
        gamma_probability: probability of a change of gamma.
        gamma: largest change of the exponent, from 1 - gamma to 1 + gamma.
        blur_probability: probability of a Gaussian blur.
        blur_sigma: its largest standard deviation, in pixels of the view; the smallest is 0.1.
        noise_probability: probability of Gaussian noise, the same in all channels.
        noise: its largest standard deviation, as a share of full white.
        occlusion_probability: probability that a rectangle is covered in mid-grey.
        occlusion: longest side of the rectangle, as a share of the view's; the shortest is a tenth of that.
    """

    min_area: Annotated[float, Between(0.01, 1)] = 0.3
    max_stretch: Annotated[float, AtLeast(1)] = 1.35
    vertical_flip: Annotated[float, Between(0, 1)] = 0.5
    rotate_probability: Annotated[float, Between(0, 1)] = 0.7
    rotate_degrees: Annotated[float, Between(0, 180)] = 30.0
    light_probability: Annotated[float, Between(0, 1)] = 0.8
    brightness: Annotated[float, Between(0, 1)] = 0.3
    contrast: Annotated[float, Between(0, 1)] = 0.3
    gamma_probability: Annotated[float, Between(0, 1)] = 0.3
    gamma: Annotated[float, Between(0, 0.9)] = 0.3
    blur_probability: Annotated[float, Between(0, 1)] = 0.2
    blur_sigma: Annotated[float, Between(0.1, 10)] = 1.5
    noise_probability: Annotated[float, Between(0, 1)] = 0.2
    noise: Annotated[float, Between(0, 1)] = 0.05
    occlusion_probability: Annotated[float, Between(0, 1)] = 0.2
    occlusion: Annotated[float, Between(0.02, 0.9)] = 0.25

    def transforms(self) -> list[Any]:
        """What is gentle first, then what a camera adds, then what stands in front of it."""
        library = albumentations()
        side = (self.occlusion / 10, self.occlusion)
        return [
            *super().transforms(),
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
