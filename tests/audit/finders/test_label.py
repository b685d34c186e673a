import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from assay.audit.find import find
from assay.audit.finders.label_noise import false_discovery, fit_noise, redraw
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import COLUMNS, Manifest

IntArray = NDArray[np.int64]
LABEL = FindSettings(("label",))


def manifest(labels: IntArray, classes: int) -> Manifest:
    ids = [hashlib.sha256(str(row).encode()).hexdigest() for row in range(len(labels))]
    table = pd.DataFrame({"id": ids, "path": [f"/{row}" for row in range(len(labels))], "label": labels, "group": ids})
    for column, dtype in COLUMNS.items():
        if column not in table:
            table[column] = "train" if column == "split" else "" if dtype == "str" else 0
    return Manifest(table, tuple(f"class {label}" for label in range(classes)))


def looked(features: NDArray[np.float32], labels: IntArray, folder: Path) -> Findings:
    images = manifest(labels, int(labels.max()) + 1)
    rows = {image: row for row, image in enumerate(images.ids.tolist())}

    def embed(asked: Manifest) -> NDArray[np.float32]:
        return features[[rows[image] for image in asked.ids.tolist()]]

    return find(images, Sources(folder, embed=embed, embedded_by="pixels"), LABEL)


def with_flips(labels: IntArray, share: float, seed: int = 0) -> tuple[IntArray, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    classes = int(labels.max()) + 1
    wrong = rng.random(len(labels)) < share
    return np.where(wrong, (labels + rng.integers(1, classes, len(labels))) % classes, labels), wrong


def overlapping(n: int, shift: float, minority: float = 0.15) -> tuple[NDArray[np.float32], IntArray]:
    """Two classes, the second one rare, whose pictures are hard to tell apart."""
    rng = np.random.default_rng(1)
    labels = (rng.random(n) < minority).astype(np.int64)
    features = rng.normal(size=(n, 40)).astype(np.float32)
    features[:, 0] += shift * labels
    return features, labels


def rows_of(findings: Findings) -> list[int]:
    return [int(finding.paths[0][1:]) for finding in findings.findings]


def test_exchanged_labels_of_digits_are_found_and_the_right_one_is_suggested(tmp_path: Path) -> None:
    digits = load_digits()
    labels, wrong = with_flips(digits.target.astype(np.int64), 0.05)
    findings = looked(digits.data.astype(np.float32), labels, tmp_path)
    rows = rows_of(findings)
    assert wrong[rows].mean() > 0.75
    assert wrong[rows].sum() > 0.8 * wrong.sum()
    assert wrong[rows[: int(wrong.sum()) // 2]].mean() > 0.95
    right = [
        finding.label == f"class {digits.target[row]}" for row, finding in zip(rows, findings.findings, strict=True)
    ]
    assert np.mean(np.array(right)[wrong[rows]]) > 0.9
    assert {finding.suggestion for finding in findings.findings} == {"relabel"}


def test_a_minority_that_is_hard_to_tell_is_not_flagged_wholesale(tmp_path: Path) -> None:
    from cleanlab.filter import find_label_issues

    from assay.audit.finders.out_of_fold import out_of_fold_logits

    features, labels = overlapping(2000, 1.8)
    groups = np.array([str(row) for row in range(len(labels))])
    logits = out_of_fold_logits(features, labels, groups, classes=2, seed=0)
    by_cleanlab = find_label_issues(labels, np.exp(logits), n_jobs=1)
    assert by_cleanlab[labels == 1].mean() > 0.1
    findings = looked(features, labels, tmp_path)
    assert len(findings) <= 5
    assert any(note.startswith("class 1: ") and "would if all were right" in note for note in findings.notes)


def test_without_exchanged_labels_almost_nothing_is_listed(tmp_path: Path) -> None:
    digits = load_digits()
    findings = looked(digits.data.astype(np.float32), digits.target.astype(np.int64), tmp_path)
    assert len(findings) <= 2


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_the_share_of_exchanged_labels_is_told_apart_from_what_is_hard_to_tell(share: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 4)) * 2
    drawn = redraw(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rng)
    labels, _ = with_flips(drawn, share, seed=3)
    noise = fit_noise(3 * logits, labels)
    assert noise.flipped == pytest.approx(share, abs=0.02)
    assert noise.temperature == pytest.approx(3, rel=0.15)


def test_redrawn_labels_have_the_frequencies_of_their_probabilities() -> None:
    drawn = redraw(np.tile([[0.2, 0.5, 0.3]], (50_000, 1)), np.random.default_rng(0))
    assert np.bincount(drawn) / 50_000 == pytest.approx([0.2, 0.5, 0.3], abs=0.01)


def test_the_share_of_false_ones_is_that_of_the_class_or_of_all_whichever_is_more() -> None:
    scores, labels = np.array([0.01, 0.02, 0.03, 0.01]), np.array([0, 0, 0, 1])
    redrawn = [(np.array([0.025, 0.005]), np.array([0, 1])), (np.array([0.5]), np.array([0]))]
    shares, expected = false_discovery(scores, labels, redrawn)
    # Class 0: none, none, one of three in one of two datasets; class 1: one in one of two datasets.
    # All: at 0.01 half a false one among two, at 0.02 half among three, at 0.03 one among four.
    assert shares == pytest.approx([1 / 6, 1 / 6, 1 / 4, 1 / 2])
    assert expected == {0: 1.0, 1: 0.5}


def test_a_class_with_few_pictures_is_not_asked_about(tmp_path: Path) -> None:
    features, labels = overlapping(400, 4.0)
    labels = labels.copy()
    labels[:4] = 2
    findings = looked(features, labels, tmp_path)
    assert any("labels of class 2 were not asked about" in note for note in findings.notes)
    assert not {0, 1, 2, 3} & set(rows_of(findings))


def test_without_the_extra_it_is_said_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.audit.finders.label.find_spec", lambda name: None)
    features, labels = overlapping(100, 4.0)
    assert importlib.util.find_spec("cleanlab") is not None
    findings = looked(features, labels, tmp_path)
    assert "cleanlab is not installed; pip install" in findings.skipped["label"]
