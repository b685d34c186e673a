from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from assay.audit.find import find
from assay.audit.finders.fold_auroc import fold_auroc, interval, permuted
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource


def noise(rng: np.random.Generator, side: int = 32) -> Image.Image:
    return Image.fromarray(rng.integers(60, 200, (side, side, 3), dtype=np.uint8))


def listed(root: Path) -> Manifest:
    return FolderSource(str(root)).build(root.parent / "cache")


def looked(manifest: Manifest, tmp_path: Path, seed: int = 0) -> Findings:
    return find(manifest, Sources(tmp_path / "cache"), FindSettings(("shortcut",), seed=seed))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Noise under two labels that mean nothing."""
    rng = np.random.default_rng(0)
    for index in range(120):
        path = tmp_path / "d" / ("crack", "none")[index % 2] / f"{index:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise(rng).save(path)
    return tmp_path / "d"


def test_labels_that_mean_nothing_raise_no_alarm(plain: Path, tmp_path: Path) -> None:
    findings = looked(listed(plain), tmp_path)
    assert not findings.findings
    assert any("tell" in note and "no alarm" in note for note in findings.notes)


def test_a_format_that_tells_the_class_is_found_with_what_carries_it_and_examples(plain: Path, tmp_path: Path) -> None:
    for path in list((plain / "crack").iterdir())[:50]:
        Image.open(path).save(path.with_suffix(".jpg"), quality=80)
        path.unlink()
    (finding,) = [each for each in looked(listed(plain), tmp_path).findings if each.name == "file"]
    assert finding.values["auroc"] > 0.85
    assert finding.values["low"] > 0.5
    assert str(finding.values["carried_by"]).startswith("format_")
    folders = [Path(path).parent.name for path in finding.paths]
    other = {"crack": "none", "none": "crack"}[str(finding.values["class"])]
    assert folders == [finding.values["class"]] * 3 + [other] * 3


def test_a_quantisation_that_tells_the_class_is_found(plain: Path, tmp_path: Path) -> None:
    for path in [*(plain / "crack").iterdir(), *(plain / "none").iterdir()]:
        Image.open(path).save(path.with_suffix(".jpg"), quality=92 if path.parent.name == "crack" else 90)
        path.unlink()
    (finding,) = [each for each in looked(listed(plain), tmp_path).findings if each.name == "file"]
    assert finding.values["auroc"] > 0.95


def test_a_shortcut_of_two_classes_stays_the_same_finding_when_the_other_class_has_more(
    plain: Path, tmp_path: Path
) -> None:
    for path in [*(plain / "crack").iterdir(), *(plain / "none").iterdir()]:
        Image.open(path).save(path.with_suffix(".jpg"), quality=92 if path.parent.name == "crack" else 60)
        path.unlink()
    ids = set()
    for name in ("crack", "none"):
        removed = {path: path.read_bytes() for path in sorted((plain / name).iterdir())[:15]}
        for path in removed:
            path.unlink()
        ids |= {each.id for each in looked(listed(plain), tmp_path).findings if each.name == "file"}
        for path, content in removed.items():
            path.write_bytes(content)
    assert len(ids) == 1


def test_a_border_and_a_camera_that_tell_the_class_are_found(plain: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[271], exif[272] = "Canon", "EOS 5D"
    for path in list((plain / "none").iterdir()):
        picture = np.asarray(Image.open(path)).copy()
        picture[:1], picture[-1:], picture[:, :1], picture[:, -1:] = 0, 0, 0, 0
        Image.fromarray(picture).save(path, exif=exif)
    findings = {each.name: each for each in looked(listed(plain), tmp_path).findings}
    assert findings["border"].values["auroc"] == pytest.approx(1, abs=0.01)
    assert findings["camera"].values["auroc"] == pytest.approx(1, abs=0.01)
    assert "Canon EOS 5D (" in findings["camera"].values["carried_by"]


def test_too_few_pictures_are_not_asked_and_it_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for index in range(12):
        path = tmp_path / "d" / ("a", "b")[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise(rng).save(path)
    assert "fewer than two classes" in looked(listed(tmp_path / "d"), tmp_path).skipped["shortcut"]


def test_the_auroc_of_one_fold_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    scores, inside = rng.integers(0, 20, 300).astype(float), rng.random(300) < 0.3
    assert fold_auroc(scores, inside[:, None], np.zeros(300, np.intp))[0] == pytest.approx(
        roc_auc_score(inside, scores)
    )


def test_the_auroc_of_several_folds_is_their_mean_by_their_images() -> None:
    rng = np.random.default_rng(0)
    scores, inside, folds = rng.random(300), rng.random(300) < 0.3, rng.integers(0, 4, 300)
    each = [roc_auc_score(inside[folds == fold], scores[folds == fold]) for fold in range(4)]
    mean = np.average(each, weights=np.bincount(folds))
    assert fold_auroc(scores, inside[:, None], folds)[0] == pytest.approx(mean)


def test_the_interval_is_as_wide_as_the_theory_of_hanley_and_mcneil_says() -> None:
    rng = np.random.default_rng(0)
    inside = np.arange(400) % 2 == 0
    scores = rng.normal(size=400) + inside
    low, high = interval(
        scores, inside, np.zeros(400, np.intp), np.arange(400), resamples=2000, rng=np.random.default_rng(1)
    )
    area = roc_auc_score(inside, scores)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + 199 * (q1 - area**2) + 199 * (q2 - area**2)) / 200**2
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.1)


def test_exchanged_labels_stay_within_their_fold_and_groups_keep_one_label() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 3)
    labels, folds = (np.arange(60) % 3)[groups], (np.arange(60) % 4)[groups]
    drawn = permuted(labels, folds, groups, count=20, rng=rng)
    for fold in range(4):
        assert (np.sort(drawn[folds == fold], axis=0) == np.sort(labels[folds == fold])[:, None]).all()
    assert (drawn.reshape(60, 3, 20) == drawn.reshape(60, 3, 20)[:, :1]).all()
    assert (drawn != labels[:, None]).any()
