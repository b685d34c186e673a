"""Handling: what happens to a picture before it is judged: compressed, made smaller, blurred, saved anew."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from PIL import Image

from assay.augment.corruption.gaussian_blur import gaussian_blur
from assay.augment.corruption.jpeg import jpeg
from assay.augment.policy import ImagePolicy
from assay.data.preprocessing import ByteImage, Preprocessing, Resize, resample

Kind = Literal["jpeg", "resize", "blur"]


class Handling(ImagePolicy):
    """One handling at one strength, then preprocessing as for any test.

    Args:
        kind: "jpeg" (strength: quality), "resize" (share of each side that is left, and back), or "blur" (standard
            deviation in the picture's own pixels).
        strength: how much.
    """

    def __init__(self, kind: Kind, strength: float) -> None:
        self.kind: Kind = kind
        self.strength = float(strength)

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """The handled picture as evaluation sees it, see `ImagePolicy`."""
        return Preprocessing(size, resize)(self.handled(image))

    def handled(self, image: ByteImage) -> ByteImage:
        """Uint8 [H, W, 3], same shape."""
        if self.kind == "jpeg":
            return jpeg(image, int(self.strength))
        if self.kind == "blur":
            return gaussian_blur(image, self.strength)
        height, width = image.shape[:2]
        sides = (max(1, round(side * self.strength)) for side in (height, width))
        return resample(resample(image, *sides), height, width)

    @property
    def described(self) -> str:
        """What is done, in a few words."""
        if self.kind == "jpeg":
            return f"JPEG, quality {self.strength:g}"
        return f"to {self.strength:.0%} and back" if self.kind == "resize" else f"blur, {self.strength:g} px"


class Saved(ImagePolicy):
    """A picture saved as files of another kind are: same format, quantisation tables and chroma subsampling.

    Args:
        encoding: as `assay.data.file_facts.encoding_of` gives it; formats without loss change nothing.
    """

    def __init__(self, encoding: Mapping[str, Any]) -> None:
        self.encoding = dict(encoding)

    @property
    def changes(self) -> bool:
        """Whether a picture loses anything by being saved so."""
        return self.encoding["format"] in ("JPEG", "MPO", "WEBP", "AVIF", "JPEG2000")

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """The picture as it comes out of such a file, preprocessed, see `ImagePolicy`."""
        return Preprocessing(size, resize)(self.handled(image))

    def handled(self, image: ByteImage) -> ByteImage:
        """Uint8 [H, W, 3], same shape."""
        if not self.changes:
            return image
        how = {key: value for key, value in self.encoding.items() if key != "format"}
        kind = "JPEG" if self.encoding["format"] == "MPO" else self.encoding["format"]
        if how.get("subsampling", 0) < 0:  # unknown to Pillow
            how.pop("subsampling")
        grey = bool((image == image[..., :1]).all())
        saved = io.BytesIO()
        Image.fromarray(image[..., 0] if grey else image).save(saved, kind, **how)
        return np.array(Image.open(saved).convert("RGB"))

    @property
    def described(self) -> str:
        """What is done, in a few words."""
        tables = self.encoding.get("qtables")
        detail = f", luminance step {tables[0][0]}" if tables else ""
        return f"saved as {self.encoding['format']}{detail}"
