"""JPEG: what its markers say, how much work decoding it is, and whether its data ends before its picture does."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from assay.errors import DataError

SCAN_LIMIT = 100
"""Encoders write ten, optimisers some dozens."""
WORK_LIMIT = 2**30
"""Pixels times scans: each scan is a pass over all pixels. Twelve scans of the largest picture are within it."""
_EOI, _SOS = 0xD9, 0xDA
_SEQUENTIAL = (0xC0, 0xC1)
_FRAMES = (*_SEQUENTIAL, 0xC2)
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_GREY = 128  # what a block without any data decodes to
_NEAR = 8  # levels by which neighbours may change it
_FILLER = bytes(np.random.default_rng(0).integers(0, 255, 2048, dtype=np.uint8))  # no 0xFF, which begins a marker


@dataclass(frozen=True)
class JpegScans:
    """The scans of the first picture in a file.

    Attributes:
        count: how many there are.
        single: whether the whole picture is in one sequential scan, as in most files.
        last: where the data of the last scan begins.
        end: where it ends: the place of the end mark, or of the end of the file.
    """

    count: int
    single: bool
    last: int
    end: int


def jpeg_scans(data: bytes) -> JpegScans:
    """What the markers of a JPEG say; segments are stepped over by the lengths that they state.

    Source: ITU-T T.81, annex B.
    """
    count, last, position, single, components = 0, len(data), 2, False, 0
    while (marker := _MARKER.search(data, position)) and marker.group()[1] != _EOI:
        kind, start = marker.group()[1], marker.end()
        position = start + max(2, int.from_bytes(data[start : start + 2], "big"))
        if kind in _FRAMES:
            single, components = kind in _SEQUENTIAL, data[start + 7] if len(data) > start + 7 else 0
        elif kind == _SOS:
            count, last = count + 1, position
            single &= len(data) > start + 2 and data[start + 2] == components
    return JpegScans(count, single, last, len(data) if marker is None else marker.start())


def refuse_work(scans: JpegScans, pixels: int, name: str) -> None:
    """Return when decoding costs no more than a large photograph does.

    Raises:
        DataError: too many passes over the pixels.
    """
    most = min(SCAN_LIMIT, WORK_LIMIT // max(1, pixels))
    if scans.count > most:
        raise DataError(
            f"{name}: a JPEG of {scans.count} scans; at most {most} are decoded at {pixels} pixels, save it again"
        )


def refuse_early_end(
    data: bytes,
    scans: JpegScans,
    name: str,
    *,
    last_pixel: NDArray[np.uint8] | None = None,
    pixels: NDArray[np.uint8] | None = None,
) -> None:
    """Return when the compressed data reaches to the end of the picture.

    A decoder fills what is missing with grey, or leaves it coarse, and says nothing where an end mark was put behind.
    What is put between the data and its end mark is passed over where the data is whole, and becomes a part of the
    picture where something is missing. In a single scan the last pixel shows whether that has to be tried: what is
    missing there is grey.

    Args:
        data: the file.
        scans: of it.
        name: what the error calls the file.
        last_pixel: uint8 [3], RGB, as decoded; None where its colours are of another kind.
        pixels: uint8 [H, W, 3], RGB, as decoded and not turned, which saves a decoding; None where there are none.

    Raises:
        DataError: it does not.
    """
    if scans.single and last_pixel is not None and np.abs(last_pixel.astype(int) - _GREY).max() > _NEAR:
        return
    restarts = [match.group()[1] for match in _RESTART.finditer(data, scans.last, scans.end)]
    following = (restarts[-1] - 0xD0 + 1) % 8 if restarts else 0
    marks = [b"\xff" + bytes([0xD0 + (following + step) % 8]) for step in range(2)] if restarts else []
    filled = data[: scans.end].rstrip(b"\xff") + _FILLER.join([b"", *marks, b""]) + b"\xff\xd9"
    shown = _decoded(filled)
    # Another library may differ in a rounding, which proves nothing.
    if pixels is not None and np.array_equal(pixels if shown.ndim == 3 else pixels[..., 0], shown):
        return
    if not np.array_equal(_decoded(data[: scans.end] + b"\xff\xd9"), shown):
        raise DataError(
            f"{name}: damaged: its compressed data ends before the picture does, although an end mark follows; copy "
            "or download it again"
        )


def _decoded(data: bytes) -> NDArray[np.uint8]:
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as image:  # whatever else the file holds, as MPO does
        return np.asarray(image)
