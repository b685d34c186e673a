"""Robust: what happens to pictures on their way to us: compression, blur, a moving camera, something in front."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import cv2
import numpy as np

from assay.augment.corruption.jpeg import jpeg
from assay.augment.corruption.motion_blur import motion_blur
from assay.augment.corruption.occlusion import occlude
from assay.augment.policy import ImageStep
from assay.config.bounds import AtLeast, Between
from assay.data.preprocessing import ByteImage
from assay.errors import ConfigError


class Robust(ImageStep):
    """Each of four corruptions with a probability of its own, at a random strength, in the order of a photo's life.

    What a model was trained on it withstands better than what it was not: after this policy the corruptions of the same
    kind in `evaluation=full` show how well the training worked, and only the others what an unforeseen one would do.
    """

    trains_on: ClassVar[tuple[str, ...]] = ("jpeg", "gaussian_blur", "motion_blur", "occlusion")

    def __init__(
        self,
        *,
        occlusion_probability: Annotated[float, Between(0, 1)] = 0.25,
        min_occlusion: Annotated[float, Between(0.01, 0.9)] = 0.1,
        max_occlusion: Annotated[float, Between(0.01, 0.9)] = 0.3,
        motion_probability: Annotated[float, Between(0, 1)] = 0.25,
        min_motion: Annotated[float, AtLeast(1)] = 3.0,
        max_motion: Annotated[float, AtLeast(1)] = 9.0,
        blur_probability: Annotated[float, Between(0, 1)] = 0.25,
        min_blur: Annotated[int, AtLeast(3)] = 3,
        max_blur: Annotated[int, AtLeast(3)] = 7,
        jpeg_probability: Annotated[float, Between(0, 1)] = 0.5,
        min_quality: Annotated[int, Between(1, 100)] = 50,
        max_quality: Annotated[int, Between(1, 100)] = 95,
    ) -> None:
        """Take the settings; lengths are in pixels of the view.

        Args:
            occlusion_probability: probability that a grey rectangle covers a part.
            min_occlusion: smallest share that is covered.
            max_occlusion: largest share that is covered.
            motion_probability: probability of motion blur.
            min_motion: shortest path of the camera.
            max_motion: longest path of the camera.
            blur_probability: probability of Gaussian blur.
            min_blur: narrowest kernel; even widths count as the next odd one.
            max_blur: widest kernel; its standard deviation is a sixth of the width and a little, as OpenCV takes it.
            jpeg_probability: probability of compression.
            min_quality: lowest quality, of 100.
            max_quality: highest quality.

        Raises:
            ConfigError: a lower limit is above its upper one.
        """
        self.occlusion_probability = occlusion_probability
        self.occlusion = _ordered("occlusion", min_occlusion, max_occlusion)
        self.motion_probability = motion_probability
        self.motion = _ordered("motion", min_motion, max_motion)
        self.blur_probability = blur_probability
        self.blur = _ordered("blur", min_blur, max_blur)
        self.jpeg_probability = jpeg_probability
        self.quality = _ordered("quality", min_quality, max_quality)

    def __call__(self, view: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The view, changed, see `ImageStep`."""
        # All draws first: what one corruption does never depends on whether another happened.
        occlusion, motion, blur, compression = rng.random(4)
        share, length, angle, width, quality = rng.random(5)
        if occlusion < self.occlusion_probability:
            view = occlude(view, _between(self.occlusion, share), rng)
        if motion < self.motion_probability:
            view = motion_blur(view, _between(self.motion, length), angle * math.pi)
        if blur < self.blur_probability:
            low, high = (int(limit) // 2 for limit in self.blur)
            kernel = 2 * (low + int(width * (high - low + 1))) + 1
            view = cv2.GaussianBlur(view, (kernel, kernel), 0).astype(np.uint8, copy=False)
        if compression < self.jpeg_probability:
            view = jpeg(view, round(_between(self.quality, quality)))
        return view


def _ordered(what: str, low: float, high: float) -> tuple[float, float]:
    if low > high:
        raise ConfigError(f"robust: min_{what} must not be above max_{what}, got {low:g} and {high:g}")
    return low, high


def _between(limits: tuple[float, float], share: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * share
