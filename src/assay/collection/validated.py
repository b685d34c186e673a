"""Validated: a picture that can be decoded, is large enough and no bomb, with what it is known by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.collection.outcome import UNFIT, FetchFailed
from assay.data.image import decode_with_format
from assay.data.other_files import what_it_is
from assay.data.perceptual_hash import perceptual_hash, thumbnail
from assay.errors import DataError

SUFFIXES = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "TIFF": "tif", "AVIF": "avif"}
"""Format -> suffix; in others nothing is collected."""
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF8", b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class Validated:
    """A picture.

    Attributes:
        content: its bytes.
        sha256: of them.
        pixels: sha256 of size and decoded pixels.
        phash: 64-bit perceptual hash.
        grey: uint8 [32, 32], what was hashed.
        width: in pixels.
        height: likewise.
        format: as decoded, such as "JPEG".
    """

    content: bytes
    sha256: str
    pixels: str
    phash: int
    grey: NDArray[np.uint8]
    width: int
    height: int
    format: str

    @property
    def suffix(self) -> str:
        """Of a file that holds it, without the dot."""
        return SUFFIXES[self.format]


def validated(content: bytes, min_side: int) -> Validated:
    """Look at a picture once.

    Args:
        content: bytes that came.
        min_side: pixels that the shorter side has to have.

    Raises:
        FetchFailed: "type" where it is no picture, "unfit" where it is none that is collected.
    """
    if not content.startswith(STARTS) and content[4:12] not in (b"ftypavif", b"ftypavis"):
        raise FetchFailed("type", what_it_is(content) or "its first bytes are those of no picture")
    try:
        pixels, kind = decode_with_format(content, "it")
    except DataError as error:
        raise FetchFailed(UNFIT, str(error).removeprefix("it: ")) from None
    height, width = pixels.shape[:2]
    if kind not in SUFFIXES:
        raise FetchFailed(UNFIT, f"{kind} is not collected")
    if min(height, width) < min_side:
        raise FetchFailed(UNFIT, f"{width}×{height} pixels; the shorter side has to have {min_side}")
    grey = thumbnail(pixels)
    digest = hashlib.sha256(f"{width} {height} ".encode())
    digest.update(np.ascontiguousarray(pixels).data)  # of the array itself: the largest pictures have 256 MiB
    phash = int(perceptual_hash(grey[None])[0])
    return Validated(content, hashlib.sha256(content).hexdigest(), digest.hexdigest(), phash, grey, width, height, kind)
