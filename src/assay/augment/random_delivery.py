"""RandomDelivery: pictures as they may arrive: retouched, scaled down or up, cut, compressed, some of it twice."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np

from assay.augment.chain.retouched import Denoise, Gamma, Sharpen
from assay.augment.chain.sides import Cut, scaled
from assay.augment.corruption.jpeg import jpeg
from assay.augment.policy import ImagePolicy
from assay.config.bounds import Between
from assay.data.preprocessing import ByteImage, Preprocessing, Resize, resample
from assay.errors import ConfigError

SMALLEST = 24
"""Pixels below which no side is made smaller."""


class RandomDelivery(ImagePolicy):
    """A random chain of what messengers, screenshots and people do, on the picture as it came, whatever its class.

    Where real against generated is the question, both sides have to go through it: a model that meets only real
    pictures scaled takes scaling for the mark of a real one, and one that meets none takes it for that of a generator.
    """

    whole_pictures: ClassVar[bool] = True
    trains_on: ClassVar[tuple[str, ...]] = ("jpeg", "resize", "gaussian_blur")

    def __init__(
        self,
        *,
        untouched: Annotated[float, Between(0, 1)] = 0.25,
        again: Annotated[float, Between(0, 1)] = 0.35,
        retouch_probability: Annotated[float, Between(0, 1)] = 0.25,
        scale_probability: Annotated[float, Between(0, 1)] = 0.5,
        min_scale: Annotated[float, Between(0.05, 4)] = 0.4,
        max_scale: Annotated[float, Between(0.05, 4)] = 1.6,
        back_probability: Annotated[float, Between(0, 1)] = 0.6,
        cut_probability: Annotated[float, Between(0, 1)] = 0.2,
        max_cut: Annotated[float, Between(0, 0.9)] = 0.15,
        jpeg_probability: Annotated[float, Between(0, 1)] = 0.7,
        min_quality: Annotated[int, Between(1, 100)] = 40,
        max_quality: Annotated[int, Between(1, 100)] = 95,
    ) -> None:
        """Take the settings.

        Args:
            untouched: share of the views that are the picture as it came.
            again: probability of a second round of scaling, cutting and compression.
            retouch_probability: of one of: lighter or darker, denoised, sharpened.
            scale_probability: per round, of scaling both sides by a number whose logarithm is drawn evenly.
            min_scale: least of it; pictures are not made smaller than 24 pixels.
            max_scale: largest of it.
            back_probability: of being scaled back to the former size then.
            cut_probability: per round, of edges being cut off.
            max_cut: largest share of each side that is cut off.
            jpeg_probability: per round, of being saved as JPEG.
            min_quality: lowest quality.
            max_quality: highest quality.

        Raises:
            ConfigError: a lower limit is above its upper one.
        """
        for what, low, high in (("scale", min_scale, max_scale), ("quality", min_quality, max_quality)):
            if low > high:
                raise ConfigError(f"aug=delivery: min_{what} must not be above max_{what}, got {low:g} and {high:g}")
        self.untouched = untouched
        self.again = again
        self.retouch_probability = retouch_probability
        self.scale_probability = scale_probability
        self.scale = (min_scale, max_scale)
        self.back_probability = back_probability
        self.cut_probability = cut_probability
        self.max_cut = max_cut
        self.jpeg_probability = jpeg_probability
        self.quality = (min_quality, max_quality)

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """One view of a picture, see `ImagePolicy`."""
        return Preprocessing(size, resize)(self.delivered(image, rng))

    def delivered(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The picture uint8 RGB [H, W, 3] as it arrives, of any size; the input is left alone."""
        if rng.random() < self.untouched:
            return image
        if rng.random() < self.retouch_probability:
            image = _retouched(image, rng)
        for _ in range(1 + int(rng.random() < self.again)):
            image = self._round(image, rng)
        return image

    def _round(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        height, width = image.shape[:2]
        if rng.random() < self.scale_probability:
            share = math.exp(rng.uniform(math.log(self.scale[0]), math.log(self.scale[1])))
            if share >= 1 or min(height, width) * share >= SMALLEST:
                image = scaled(image, share)
            if rng.random() < self.back_probability:
                image = resample(image, height, width)
        if rng.random() < self.cut_probability:
            image = Cut(rng.uniform(0, self.max_cut))(image)
        if rng.random() < self.jpeg_probability and max(image.shape[:2]) < 65_500:
            image = jpeg(image, int(rng.integers(self.quality[0], self.quality[1] + 1)))
        return image


def _retouched(image: ByteImage, rng: np.random.Generator) -> ByteImage:
    kind = rng.integers(3)
    if kind == 0:
        return Gamma(rng.uniform(0.7, 1.4))(image)
    return Denoise(rng.uniform(8, 30))(image) if kind == 1 else Sharpen(rng.uniform(0.2, 0.8))(image)
