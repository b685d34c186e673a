"""Original: which of several images of one picture is the one that the others were made from."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from assay.data.copies.frame import without_frame
from assay.data.image import FORMATS, decode_image, read_bytes
from assay.data.sample_range import FULL, SampleRange
from assay.errors import DataError

_EXIF_OF_CAMERA, _TAKEN = 0x8769, 0x9003
_LOSSLESS = ("PNG", "BMP", "DIB", "TIFF", "PPM", "GIF")
_LOSSY_AT_BEST = 1.0
SIZES_ALIKE = 0.02
"""Share by which numbers of pixels differ that say nothing: a picture turned or cut by a line of pixels."""


@dataclass(frozen=True)
class Traces:
    """What a file tells of how near it is to the camera.

    Attributes:
        pixels: of the picture, without an even frame around it.
        taken: when, as EXIF has it; "" where it has nothing.
        loss: 0 for formats that lose nothing; else the mean entry of the tables that a JPEG was divided by, or 1.
        changed: when the file was last written, seconds since 1970.
    """

    pixels: int
    taken: str
    loss: float
    changed: float


def traces_of(path: str, samples: SampleRange = FULL) -> Traces:
    """What a file tells.

    Raises:
        DataError: it cannot be read.
    """
    data = read_bytes(path)
    inner = without_frame(decode_image(data, path, samples, seen_whole=True))
    try:
        changed = Path(path).stat().st_mtime
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return Traces(inner.shape[0] * inner.shape[1], _taken(image), _loss(image), changed)


def original_first(paths: Sequence[str], samples: SampleRange = FULL) -> tuple[list[int], str]:
    """The places of these files, that of the original first, and why it is taken for it, as half a sentence.

    What counts, in this order: more pixels, a date of taking in EXIF, less loss by compression, an older file, and the
    name, so that the answer is always the same.

    Args:
        paths: files of one picture, at least two.
        samples: what is white where samples have more than 8 bits.

    Raises:
        DataError: one cannot be read.
    """
    traces = [traces_of(path, samples) for path in paths]
    most = max(trace.pixels for trace in traces)
    keys = [
        (
            -round(trace.pixels / most / SIZES_ALIKE) * SIZES_ALIKE if trace.pixels < most * (1 - SIZES_ALIKE) else -1,
            trace.taken == "",
            trace.loss,
            trace.changed,
            path,
        )
        for trace, path in zip(traces, paths, strict=True)
    ]
    order = sorted(range(len(paths)), key=keys.__getitem__)
    first, second = order[:2]
    reasons = (
        f"it has more pixels than the others, {traces[first].pixels:,} and {traces[second].pixels:,}",
        f"it says when it was taken, {traces[first].taken}",
        "it was compressed with less loss",
        "its file is older",
        "nothing tells them apart but their names",
    )
    differing = next(place for place in range(5) if keys[first][place] != keys[second][place] or place == 4)
    return order, reasons[differing]


def _taken(image: Image.Image) -> str:
    try:
        written = image.getexif().get_ifd(_EXIF_OF_CAMERA).get(_TAKEN, "")
    except Exception:  # a broken EXIF block says nothing
        return ""
    return str(written).strip("\0 ")


def _loss(image: Image.Image) -> float:
    tables = getattr(image, "quantization", None) or {}
    entries = [entry for table in tables.values() for entry in table]
    if entries:
        return sum(entries) / len(entries)
    return 0.0 if image.format in _LOSSLESS else _LOSSY_AT_BEST
