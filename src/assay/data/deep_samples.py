"""Deep samples: what a file holds whose samples have more than 8 bits, and how many of them it says it uses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assay.data.sample_range import FEWEST, MOST
from assay.errors import DataError

Samples = NDArray[np.uint16]

_PNG = b"\x89PNG\r\n\x1a\n"
_PNM = re.compile(rb"P[56](?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d+)\s")
_CODESTREAM = b"\xff\x4f\xff\x51"
# TIFF 6.0: SMaxSampleValue and MaxSampleValue, each with the least value that belongs to it.
_MAXIMA = ((341, 340), (281, 280))
_BITS, _CHANNELS, _PLANES, _FORMAT = 258, 277, 284, 339


@dataclass(frozen=True, eq=False)
class DeepSamples:
    """Samples of more than 8 bits, as a file holds them.

    Attributes:
        values: uint16 [H, W], or [H, W, 3] in the order RGB.
        alpha: uint16 [H, W]; None where there is none.
        bits: of the file's type: 16, or the 12 of a TIFF that packs them.
        stated: bits that the file itself says it uses; None where it says nothing that can be true.
        turned: whether the orientation of the file is applied already.
    """

    values: Samples
    alpha: Samples | None
    bits: int
    stated: int | None
    turned: bool

    @property
    def top(self) -> int:
        """The largest sample; alpha does not count."""
        return int(self.values.max())


def may_be_deep(data: bytes) -> bool:
    """Whether a file's first bytes leave it open that its samples have more than 8 bits which others may not use."""
    if data.startswith(_PNG):
        return data[24:25] == b"\x10"
    return data[:2] in (b"II", b"MM", b"P5", b"P6") or data[4:8] == b"jP  " or data.startswith(_CODESTREAM)


def deep_samples(image: Image.Image, data: bytes, name: str) -> DeepSamples | None:
    """The samples of an opened file; None where they have 8 bits, or where the file's format says what white is.

    Args:
        image: as Pillow opened it; is loaded.
        data: the bytes of the file.
        name: what an error calls the file.

    Raises:
        DataError: a 16-bit TIFF whose colours lie in planes apart, which no decoder here reads rightly.
    """
    if not may_be_deep(data):
        return None
    if image.format == "PPM":
        maximum = _PNM.match(data)
        if maximum is None or int(maximum[1]) != 65535:  # any other white is stated, and Pillow scales by it
            return None
    tags = getattr(image, "tag_v2", {})
    colour = len(image.getbands()) > 1
    if image.format == "TIFF":
        depths = tags.get(_BITS, (1,))
        if max(depths) <= 8 or max(depths) > 16 or max(tags.get(_FORMAT, (1,))) != 1:
            return None
        if colour and tags.get(_PLANES, 1) == 2:
            raise DataError(
                f"{name}: a TIFF whose {max(depths)}-bit colours lie in planes apart, which is not decoded; save it "
                "with contiguous samples (planar configuration 1), or with 8 bits"
            )
        bits = int(max(depths))
    elif image.format == "JPEG2000":
        bits = _precision(data)
        if bits < 16 or colour:  # Pillow scales to 16 bits, and colours to 8
            return None
    else:
        bits = 16
    values, alpha, turned = _samples(image, data, colour=colour)
    if values is None:
        return None
    top = int(values.max())
    stated = _significant(data, values) if image.format == "PNG" else _of_tags(tags, bits)
    return DeepSamples(values, alpha, bits, stated if stated is not None and top < 2**stated else None, turned)


def scaled(values: Samples, white: int) -> NDArray[np.uint8]:
    """Samples to uint8, white to 255; what is above white is white."""
    return np.minimum((values.astype(np.uint32) * 255 + white // 2) // white, 255).astype(np.uint8)


def _samples(image: Image.Image, data: bytes, *, colour: bool) -> tuple[Samples | None, Samples | None, bool]:
    """Values, alpha, and whether they are turned upright."""
    if not colour:
        image.load()
        grey = np.asarray(image)
        # The mode of a PNG of 16 bits and of a PGM is "I" or "I;16", by version; both hold what the file does.
        known = grey.ndim == 2 and grey.dtype.kind in "iu" and grey.dtype.itemsize > 1
        return (grey.astype(np.uint16) if known else None), None, image.format == "TIFF"
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if read is None or read.dtype != np.uint16 or read.ndim != 3:
        return None, None, False
    values = cast("Samples", np.ascontiguousarray(read[..., 2::-1]))
    alpha = cast("Samples", read[..., 3]) if read.shape[2] == 4 else None
    return values, alpha, image.format == "TIFF"


def _of_tags(tags: Any, bits: int) -> int | None:
    if bits < 16:
        return bits
    for largest, least in _MAXIMA:
        # Some writers put the brightest sample of each picture here, which TIFF calls statistics: only a whole range
        # says anything about white.
        for depth in range(FEWEST, MOST + 1):
            if set(_plain(tags, largest)) == {2**depth - 1} and set(_plain(tags, least)) <= {0}:
                return depth
    return None


def _plain(tags: Any, tag: int) -> tuple[float, ...]:
    value = tags.get(tag, ())
    return tuple(float(part) for part in (value if isinstance(value, tuple) else (value,)))


def _significant(data: bytes, values: Samples) -> int | None:
    """The sBIT of a PNG whose writer left the samples unscaled.

    PNG has samples scaled to all 16 bits whatever sBIT says (PNG specification, "Sample depth scaling"), which leaves
    the low bits of a small sample empty. Where they are not, and no sample is too large for sBIT, nobody scaled.
    """
    place = data.find(b"sBIT", 8, data.find(b"IDAT"))
    if place < 0:
        return None
    significant = data[place + 4 : place + 4 + int.from_bytes(data[place - 4 : place], "big")]
    depth = max(significant[: 1 if values.ndim == 2 else 3], default=16)
    unscaled = bool((values & (2 ** (16 - depth) - 1)).any()) if 0 < depth < 16 else False
    return depth if unscaled and FEWEST <= depth <= MOST and int(values.max()) < 2**depth else None


def _precision(data: bytes) -> int:
    """Bits per sample of a JPEG 2000 (ISO/IEC 15444-1, A.5.1); 0 where there is no codestream."""
    start = data.find(_CODESTREAM)
    return (data[start + 42] & 0x7F) + 1 if start >= 0 and len(data) > start + 42 else 0
