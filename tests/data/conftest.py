import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from assay.data.manifest import COLUMNS, Manifest


@pytest.fixture
def pictures(tmp_path: Path) -> Manifest:
    """Twelve noisy pictures of different sizes, nine of class 0, three of class 1; row 4 is grey, row 5 one pixel."""
    rng = np.random.default_rng(0)
    rows = []
    for index in range(12):
        height, width = (1, 1) if index == 5 else rng.integers(20, 60, 2)
        image = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        path = tmp_path / f"{index:02}.png"
        (image.convert("L") if index == 4 else image).save(path)
        image_id = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append({"id": image_id, "path": str(path), "label": int(index % 4 == 3), "split": "train"})
    table = pd.DataFrame(rows)
    for column, dtype in COLUMNS.items():
        if column not in table:
            table[column] = "" if dtype == "str" else 0
    return Manifest(table, ("many", "few"))


@pytest.fixture
def broken() -> Callable[[Manifest, int], Path]:
    """Cuts the file of a row in half."""

    def cut(manifest: Manifest, row: int) -> Path:
        path = manifest.paths[row]
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return path

    return cut
