"""Examples of each class: unlike each other, one of a group, and only files that are still what they were."""

from __future__ import annotations

import hashlib
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from assay.data.manifest import Manifest
from assay.data.spread import spread_pictures


@pytest.fixture
def manifest(tmp_path):
    """Two classes of 12 pictures with hashes of our own; a group of three; one file changed, one gone."""
    rng, rows = np.random.default_rng(0), []
    for number in range(24):
        path = tmp_path / f"{number:02d}.png"
        Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        group = "g" if number < 3 else digest
        about = {"split": "train", "source": "s", "generator": "", "license": "", "format": "PNG", "flags": ""}
        sizes = {"width": 8, "height": 8, "phash": int(rng.integers(0, 2**63))}
        rows.append({"id": digest, "path": str(path), "label": number // 12, "group": group, **about, **sizes})
    (tmp_path / "13.png").write_bytes(b"another")
    (tmp_path / "14.png").unlink()
    return Manifest(pd.DataFrame(rows), ("jade", "onyx"))


def test_pictures_of_a_class_are_its_own_and_no_two_are_of_one_group(manifest):
    chosen = spread_pictures(manifest, 12)
    table = manifest.table.set_index("path")
    assert {name: {table["label"][str(path)] for path in paths} for name, paths in chosen.items()} == {
        "jade": {0},
        "onyx": {1},
    }
    assert len(chosen["jade"]) == 10, "of the group of three one"
    assert len(set(chosen["jade"])) == 10
    assert {path.name for path in chosen["onyx"]} == {f"{n}.png" for n in range(12, 24)} - {"13.png", "14.png"}


def test_they_are_less_alike_than_most_draws_of_as_many_and_the_same_each_time(manifest):
    hashes = {path: int(value) for path, value in zip(manifest.table["path"], manifest.table["phash"], strict=True)}

    def nearest(paths) -> int:
        return min((hashes[str(a)] ^ hashes[str(b)]).bit_count() for a, b in combinations(paths, 2))

    chosen = spread_pictures(manifest, 4, seed=3)
    assert chosen == spread_pictures(manifest, 4, seed=3)
    of_class = list(manifest.table["path"][manifest.table["label"] == 0])
    draws = [nearest(each) for each in combinations(of_class, 4)]
    assert nearest(chosen["jade"]) >= np.quantile(draws, 0.9)
