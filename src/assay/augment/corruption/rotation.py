"""Rotation: the camera was held at an angle."""

from __future__ import annotations

import cv2
import numpy as np

from assay.augment.corruption.corruption import Corruption, either_sign
from assay.data.preprocessing import ByteImage


class Rotation(Corruption):
    """Strength is the angle in degrees, to either side by chance; corners are filled with the mirrored picture."""

    name = "rotation"
    strengths = (5.0, 15.0, 30.0)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        height, width = image.shape[:2]
        centre = ((width - 1) / 2, (height - 1) / 2)
        turn = cv2.getRotationMatrix2D(centre, self.strength * either_sign(rng), 1.0)
        turned = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return turned.astype(np.uint8, copy=False)

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"± {self.strength:g} degrees"
