"""What files give away is named; what they share is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from assay.synthetic.fidelity.shortcuts import shortcuts, told_apart


def test_the_share_told_apart_by_kinds_is_the_area_under_the_roc() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.choice(list("abc"), 80, p=[0.6, 0.3, 0.1]), rng.choice(list("abc"), 50, p=[0.2, 0.2, 0.6])
    score = {
        kind: (second == kind).mean() / ((second == kind).mean() + (first == kind).mean()) for kind in ("a", "b", "c")
    }
    truth = [0] * 80 + [1] * 50
    expected = roc_auc_score(truth, [score[kind] for kind in (*first, *second)])
    assert told_apart(first.tolist(), second.tolist()) == pytest.approx(expected)


def test_files_alike_have_no_shortcut(write_pictures, manifest_of) -> None:
    real = manifest_of((write_pictures("r", 60), "round", "train", ""))
    generated = manifest_of((write_pictures("g", 60, seed=1), "round", "train", "gan"))
    assert shortcuts(real, generated, "tiny@32") == ()


def test_format_quantisation_size_colour_and_enlargement_are_named(write_pictures, manifest_of, tmp_path: Path) -> None:
    real = manifest_of((write_pictures("r", 20, side=80), "round", "train", ""))
    made = []
    for index, path in enumerate(write_pictures("g", 20, seed=1)):
        made.append(tmp_path / f"{index}.jpg")
        Image.open(path).convert("L").resize((40, 40)).save(made[-1], quality=50)
    found = {one.what: one for one in shortcuts(real, manifest_of((made, "round", "train", "gan")), "tiny@64")}
    assert {"format", "size", "JPEG quantisation", "colour", "enlarged"} <= set(found)
    assert (found["format"].real, found["format"].generated) == ("PNG 100%", "JPEG 100%")
    assert found["format"].told_apart == 1
    assert "fidelity.size=40" in found["enlarged"].sentence
