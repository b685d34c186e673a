"""Pairs between two sets, where few within them say how alike pictures come by chance."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from assay.data.copies.faces import Faces
from assay.data.copies.judged import judged_pairs
from assay.data.scan import scan_looks


def look_alikes(folder: Path, count: int) -> list[str]:
    """Different pictures of one grid: they share its lines, three quarters of all fine detail that there is."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:1:96j, 0:1:96j]
    light = 120 + 60 * np.sin(5 * x) * np.cos(4 * y)
    grid = rng.normal(0, 12, (96, 96))
    paths = []
    for index in range(count):
        own = light + grid + rng.normal(0, 7, (96, 96)) + 15 * np.cos(rng.uniform(1, 5) * x + rng.uniform(0, 6))
        path = folder / f"{index:02}.png"
        Image.fromarray(np.clip(own, 0, 255).astype(np.uint8)).save(path)
        paths.append(str(path))
    return paths


def test_look_alikes_of_two_sets_are_no_copies_where_few_pairs_within_them_are_of_two_classes(tmp_path: Path) -> None:
    paths = look_alikes(tmp_path, 20)
    labels = np.array([0] * 5 + [1] + [0] * 13 + [1])
    sets = np.array([0] * 6 + [1] * 14)
    ids = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]
    judged = judged_pairs(Faces(scan_looks(paths, ids, tmp_path / "scans").greys), labels, paths, sets)
    assert len(judged.pairs) > 50
    assert not judged.accepted.any()
