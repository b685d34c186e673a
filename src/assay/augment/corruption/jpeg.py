"""JPEG: the picture is saved once more, at a low quality."""

from __future__ import annotations

import cv2
import numpy as np

from assay.augment.corruption.corruption import Corruption
from assay.data.preprocessing import ByteImage


class Jpeg(Corruption):
    """Strength is the quality of the JPEG library's tables, 100 best.

    Compressed at the picture's own size, as platforms do: a picture of many pixels loses less, in the wild too.
    """

    name = "jpeg"
    strengths = (50, 25, 10)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        return jpeg(image, int(self.strength))

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"quality {self.strength:g}"


def jpeg(image: ByteImage, quality: int) -> ByteImage:
    """A picture uint8 RGB [H, W, 3] after compression, same shape; sides of at most 65,500 pixels.

    Not albumentations' `ImageCompression`: it hands the encoder RGB as if it were BGR, so that red and blue get each
    other's weight in the luminance.
    """
    _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), dtype=np.uint8)
