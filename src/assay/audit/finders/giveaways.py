"""Giveaways: what is known of a picture without what it shows: its file, colour, border, source and camera."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image

from assay.data.file_facts import file_facts
from assay.data.image import FORMATS, decode_image, read_bytes
from assay.data.sample_range import FULL, SampleRange

WORKERS = 4
_MAKE, _MODEL = 271, 272
_COMMON = 20  # sources or cameras with a column of their own; the others share one
_RING = 0.03  # of the shorter side


def giveaways(table: pd.DataFrame, samples: SampleRange = FULL) -> dict[str, pd.DataFrame]:
    """Tables float64 [N, K] by what they are about: "file", "colour", "border", "source", "camera".

    A table whose columns are all the same for all pictures is left out.

    - file: as `file_facts` gives it: bytes, sides, format, EXIF, and the tables of a JPEG.
    - colour: mean and standard deviation of red, green and blue.
    - border: the same of a ring of 3 % of the shorter side around the picture.
    - source, camera: 0 or 1 for each of the commonest ones; the camera is make and model of EXIF.

    Args:
        table: rows of a manifest.
        samples: what is white where samples have more than 8 bits.

    Raises:
        DataError: a file is gone, or is no picture any more.
    """
    paths = [Path(path) for path in table["path"]]
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="giveaways") as pool:
        seen = list(pool.map(partial(_seen, samples=samples), paths))
    tables = {
        "file": file_facts(paths),
        "colour": pd.DataFrame([colour for colour, _, _ in seen]),
        "border": pd.DataFrame([border for _, border, _ in seen]),
        "source": _columns(table["source"].tolist()),
        "camera": _columns([camera for _, _, camera in seen]),
    }
    varying = {name: frame.loc[:, frame.nunique() > 1] for name, frame in tables.items()}
    return {name: frame for name, frame in varying.items() if frame.shape[1]}


def _seen(path: Path, samples: SampleRange) -> tuple[dict[str, float], dict[str, float], str]:
    data = read_bytes(path)
    pixels = decode_image(data, str(path), samples, seen_whole=True)
    height, width = pixels.shape[:2]
    ring = max(1, round(_RING * min(height, width)))
    mask = np.full((height, width), 255, dtype=np.uint8)
    mask[ring : height - ring, ring : width - ring] = 0
    return _moments(pixels, None), _moments(pixels, mask), _camera(data)


def _moments(pixels: np.ndarray, mask: np.ndarray | None) -> dict[str, float]:
    means, deviations = cv2.meanStdDev(pixels, mask=mask)
    names = ("red", "green", "blue")
    return {f"mean {name}": float(value) for name, value in zip(names, means[:, 0], strict=True)} | {
        f"deviation of {name}": float(value) for name, value in zip(names, deviations[:, 0], strict=True)
    }


def _camera(data: bytes) -> str:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            exif = image.getexif()
            return " ".join(str(exif.get(tag, "")).strip("\0 ") for tag in (_MAKE, _MODEL)).strip()
    except Exception:  # a broken EXIF block says nothing
        return ""


def _columns(names: Sequence[str]) -> pd.DataFrame:
    values = pd.Series(names, dtype="str")
    common = values.value_counts().index[:_COMMON]
    return pd.DataFrame({name or "not stated": (values == name).astype("float64") for name in common})
