"""Appearance: size, colour and file format of the training pictures, which OOD pictures are given too."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from assay.data.image import Pixels, decode_with_format, read_bytes
from assay.data.manifest import Manifest
from assay.data.preprocessing import resample
from assay.errors import DataError

SAMPLED = 12


@dataclass(frozen=True)
class Appearance:
    """What a picture is made to share with the training pictures, so that no detector tells them apart by it.

    Attributes:
        width: pixels, median of the training pictures.
        height: pixels, median of the training pictures.
        grey: whether all sampled training pictures are.
        jpeg: quantisation tables of a training picture where JPEG is the usual format; None writes PNG.
        subsampling: of the chroma of that JPEG, as Pillow numbers it.
    """

    width: int
    height: int
    grey: bool
    jpeg: tuple[tuple[int, ...], ...] | None = None
    subsampling: int = 0

    @classmethod
    def of(cls, train: Manifest) -> Appearance:
        """The usual one of these pictures; colour and compression from `SAMPLED` of them, evenly spaced."""
        table = train.table
        usual = str(table["format"].mode().iloc[0])
        rows = np.linspace(0, len(table) - 1, min(SAMPLED, len(table))).round().astype(int)
        grey, tables, subsampling = True, None, 0
        for path in table["path"].iloc[rows]:
            try:
                data = read_bytes(path)
                image, kind = decode_with_format(data, path, train.samples)
            except DataError:  # whoever trains on it will say so
                continue
            grey &= bool((image[..., :1] == image).all())
            if usual == kind == "JPEG" and tables is None:
                tables, subsampling = _compression(data)
        width, height = (round(float(table[side].median())) for side in ("width", "height"))
        return cls(max(width, 1), max(height, 1), grey, tables, subsampling)

    @property
    def suffix(self) -> str:
        """Ending of the files."""
        return ".png" if self.jpeg is None else ".jpg"

    def write(self, image: Pixels, path: Path) -> None:
        """Write uint8 RGB [H, W, 3] as a training picture would look."""
        pixels = resample(image, self.height, self.width)
        picture = Image.fromarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if self.grey else pixels)
        if self.jpeg is None:
            picture.save(path, format="PNG")
            return
        options: dict[str, Any] = {} if self.grey else {"subsampling": self.subsampling}
        tables = [list(table) for table in self.jpeg]
        picture.save(path, format="JPEG", qtables=tables[:1] if self.grey else tables, **options)


def _compression(data: bytes) -> tuple[tuple[tuple[int, ...], ...], int]:
    from PIL import JpegImagePlugin

    with Image.open(io.BytesIO(data)) as opened:
        tables: dict[int, list[int]] = getattr(opened, "quantization", {})
        subsampling = max(JpegImagePlugin.get_sampling(opened), 0)
    return tuple(tuple(tables[key]) for key in sorted(tables)), subsampling
