"""Generated pictures as a saved manifest, for tests of what becomes of them at the desk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from assay.data.manifest import COLUMNS, Manifest

NAMES = ("amber", "jade", "onyx")


def generated_set(folder: Path, counts: dict[tuple[str, str], int], *, seed: int = 0) -> Manifest:
    """Small pictures in `folder`, so many of each generator and class, and the manifest that lists them."""
    rng, rows = np.random.default_rng(seed), []
    for (generator, name), count in counts.items():
        place = folder / generator / name
        place.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            path = place / f"{number:03}.png"
            Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)).save(path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            rows.append((digest, str(path), NAMES.index(name), generator))
    table = pd.DataFrame(rows, columns=["id", "path", "label", "generator"])
    for column, dtype in COLUMNS.items():
        if column not in table:
            table[column] = np.zeros(len(table), dtype) if dtype != "str" else ""
    return Manifest(table.assign(split="train", group=table["id"]), NAMES)
