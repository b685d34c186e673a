"""Pictures by the thousand: varied, JPEG, 256 pixels wide, in a folder for each class, the same on every machine."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE, CLASSES = 256, 10
COPIED = 50
"""One picture in so many is a copy of another one of its class, saved anew at three quarters of its size."""
_SHAPES = 12
_IN_PIECE = 500


def make(folder: Path, count: int) -> Path:
    """Write `count` pictures below a folder, and leave those alone that are there."""
    pieces = range(0, count, _IN_PIECE)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(partial(_write_piece, folder, count), pieces):
            pass
    return folder


def picture(number: int) -> NDArray[np.uint8]:
    """uint8 [256, 256, 3]: surfaces whose power falls with the frequency, as that of photographs does, and shapes."""
    rng = np.random.default_rng([17, number])
    layers = np.zeros((SIDE, SIDE, 3), dtype=np.float32)
    for side in (2, 4, 8, 16, 32, 64):
        noise = rng.normal(0, 90 / side**0.8, (side, side, 3)).astype(np.float32)
        layers += cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    shown = np.clip(layers + rng.uniform(90, 165, 3), 0, 255).astype(np.uint8)
    for _ in range(_SHAPES):
        colour = [int(value) for value in rng.integers(0, 256, 3)]
        centre = tuple(int(value) for value in rng.integers(0, SIDE, 2))
        axes = tuple(int(value) for value in rng.integers(4, 50, 2))
        if number % CLASSES % 2:
            cv2.ellipse(shown, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            corner = (centre[0] + axes[0], centre[1] + axes[1])
            cv2.rectangle(shown, centre, corner, colour, -1)
    return shown


def _write_piece(folder: Path, count: int, start: int) -> None:
    for number in range(start, min(start + _IN_PIECE, count)):
        path = folder / f"class{number % CLASSES}" / f"{number:06}.jpg"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        copied = number % COPIED == COPIED - 1
        shown = picture(number - CLASSES if copied else number)
        if copied:
            shown = cv2.resize(shown, (SIDE * 3 // 4, SIDE * 3 // 4), interpolation=cv2.INTER_AREA)
        done, data = cv2.imencode(".jpg", shown[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75 + number % 20])
        if not done:
            raise OSError(f"{path}: cannot be encoded")
        path.write_bytes(data.tobytes())
