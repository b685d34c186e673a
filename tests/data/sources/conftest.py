from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Draw = Callable[..., Path]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Writes a noisy picture under tmp_path; the same seed gives the same bytes."""
    count = 0

    def picture(name: str, *, seed: int | None = None) -> Path:
        nonlocal count
        count += 1
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(1000 + count if seed is None else seed).integers(0, 256, (34, 36, 3), np.uint8)
        Image.fromarray(pixels).save(path, "PNG")
        return path

    return picture


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scans")
