"""A small dataset without copies: smooth random fields whose grain differs between three classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

CLASSES = {"coarse": 5.0, "fine": 1.0, "middle": 2.5}
"""The standard deviation of the blur in pixels."""


def draw(folder: Path, each: int = 200, size: int = 32, seed: int = 0) -> Path:
    """Write `folder/CLASS/NNNN.png`; pictures of one seed are the same to the last bit."""
    rng = np.random.default_rng(seed)
    for name, blur in CLASSES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(each):
            field = gaussian_filter(rng.normal(size=(size, size, 3)), (blur, blur, 0))
            field = (field - field.min()) / (field.max() - field.min())
            Image.fromarray(np.rint(field * 255).astype(np.uint8)).save(folder / name / f"{index:04d}.png")
    return folder
