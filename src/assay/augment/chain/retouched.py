"""What a photographer or a phone does to a picture, which stays real: denoised, sharpened, lightened, blurred."""

from __future__ import annotations

import cv2
import numpy as np

from assay.augment.chain.step import ChainStep
from assay.augment.corruption.gaussian_blur import gaussian_blur
from assay.data.preprocessing import ByteImage


class Denoise(ChainStep):
    """A bilateral filter over two pixels: fine noise goes, edges stay. Tomasi and Manduchi (1998)."""

    name, meaning, low, high = "denoise", "grey levels that count as noise", 1.0, 100.0
    said = "denoised, {:g}"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        return np.asarray(cv2.bilateralFilter(image, 5, float(self.strength), 2.0), dtype=np.uint8)


class Sharpen(ChainStep):
    """Unsharp mask: the difference from a blur of one pixel is added so many times."""

    name, meaning, low, high = "sharpen", "times the detail that is added", 0.0, 3.0
    said = "sharpened, {:g}"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
        sharp = image + self.strength * (image - smooth)
        return np.clip(np.rint(sharp), 0, 255).astype(np.uint8)


class Gamma(ChainStep):
    """Lightened below 1, darkened above; black and white stay."""

    name, meaning, low, high = "gamma", "exponent of the grey levels", 0.2, 5.0
    said = "gamma {:g}"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        levels = np.rint(255 * (np.arange(256) / 255) ** self.strength).astype(np.uint8)
        return levels[image]


class Blur(ChainStep):
    """Gaussian, in the picture's own pixels."""

    name, meaning, low, high = "blur", "standard deviation in pixels", 0.1, 20.0
    said = "blur {:g} px"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        return gaussian_blur(image, self.strength)
