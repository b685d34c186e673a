"""Saved once more as WebP with loss."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from assay.augment.chain.step import ChainStep
from assay.data.preprocessing import ByteImage


class WebP(ChainStep):
    """Strength is libwebp's quality."""

    name, meaning, low, high, whole = "webp", "quality", 1, 100, True
    said = "WebP {:g}"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        saved = io.BytesIO()
        Image.fromarray(image).save(saved, "WEBP", quality=int(self.strength))
        return np.array(Image.open(saved).convert("RGB"))
