"""File facts: what a picture's file says of itself without its pixels being looked at."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, JpegImagePlugin

from assay.data.image import FORMATS, read_bytes, read_image
from assay.data.preprocessing import Preprocessing
from assay.errors import DataError

TABLE = 64  # entries of a JPEG quantisation table
SUBSAMPLINGS = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}
WORKERS = 4


def file_facts(paths: Sequence[Path], read: Callable[[Path], bytes] = read_bytes) -> pd.DataFrame:
    """One row per file, numeric: bytes, width, height, bytes_per_pixel, bands, exif, and for JPEG the tables.

    Formats are columns `format_<name>`, chroma subsamplings `chroma_<ratio>`, both 0 or 1. The entries of the two
    quantisation tables are `luma_0` … `luma_63` and `chroma_0` … `chroma_63`, 0 for other formats.

    Args:
        paths: of the files.
        read: gives the bytes that stand for a file; its own, unless something writes it anew first.

    Raises:
        DataError: a file is gone, or is no picture.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        rows = list(pool.map(lambda path: _facts(path, read(path)), paths))
    return pd.DataFrame(rows).fillna(0.0).astype(np.float64)


def shown_by(preprocessing: Preprocessing) -> Callable[[Path], bytes]:
    """What stands for a file when a network is shown nothing but its preprocessed picture: a PNG without compression.

    Args:
        preprocessing: of the network.
    """

    def read(path: Path) -> bytes:
        file = io.BytesIO()
        Image.fromarray(preprocessing(read_image(path, preprocessing.samples))).save(file, "PNG", compress_level=0)
        return file.getvalue()

    return read


def encoding_of(path: Path) -> dict[str, Any]:
    """How a file is compressed: `format`, and for JPEG `qtables` and `subsampling` as Pillow takes them for saving.

    Raises:
        DataError: the file is gone, or is no picture.
    """
    with _opened(path, read_bytes(path)) as image:
        encoding: dict[str, Any] = {"format": image.format}
        tables = getattr(image, "quantization", None)
        if tables:
            encoding["qtables"] = {key: tuple(values) for key, values in tables.items()}
            encoding["subsampling"] = JpegImagePlugin.get_sampling(image)
        return encoding


def _facts(path: Path, data: bytes) -> dict[str, float]:
    with _opened(path, data) as image:
        width, height = image.size
        facts = {
            "bytes": float(len(data)),
            "width": float(width),
            "height": float(height),
            "bytes_per_pixel": len(data) / (width * height),
            "bands": float(len(image.getbands())),
            "exif": float("exif" in image.info),
            f"format_{image.format}": 1.0,
        }
        tables = getattr(image, "quantization", None) or {}
        for name, key in (("luma", 0), ("chroma", 1)):
            entries = list(tables.get(key, ()))[:TABLE]
            facts |= {f"{name}_{index}": float(value) for index, value in enumerate(entries)}
        if tables:
            sampling = JpegImagePlugin.get_sampling(image)
            facts[f"chroma_{SUBSAMPLINGS.get(sampling, 'other')}"] = 1.0
    return facts


def _opened(path: Path, data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:  # damaged files make Pillow raise nearly anything
        raise DataError(f"{path}: cannot be opened as a picture ({error})") from error
