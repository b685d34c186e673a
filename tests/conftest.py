from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import assay  # noqa: F401  # sets the OpenMP wait policy before torch is imported

COLOURS = {"amber": (200, 120, 40), "jade": (40, 160, 90), "onyx": (30, 30, 40)}


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders of 40 noisy pictures each, 48×40 pixels, whose classes differ in colour but overlap."""
    root = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (root / name).mkdir()
        for index in range(40):
            tint = np.array(colour) * 0.5 + rng.normal(60, 35, 3)
            pixels = np.clip(tint + rng.normal(0, 40, (40, 48, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{index:02}.png")
    return root


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that a person has cached is read or written by a test."""
    os.environ["ASSAY_CACHE"] = str(tmp_path_factory.mktemp("cache"))
