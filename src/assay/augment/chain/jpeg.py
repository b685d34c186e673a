"""Saved once more as JPEG."""

from __future__ import annotations

from assay.augment.chain.step import ChainStep
from assay.augment.corruption.jpeg import jpeg
from assay.data.preprocessing import ByteImage


class Jpeg(ChainStep):
    """Strength is the quality of the JPEG library's tables."""

    name, meaning, low, high, whole = "jpeg", "quality", 1, 100, True
    said = "JPEG {:g}"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        return jpeg(image, int(self.strength))
