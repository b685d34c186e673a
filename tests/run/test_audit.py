from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.audit.tables import audit_tables
from assay.config.compose import compose
from assay.errors import DataError
from assay.run.audit import Audited, audit_dataset
from assay.run.audit_request import AuditRequest


def written(root: Path, **images: int) -> Path:
    """A folder with so many pictures of each class, all different; `__` in a name stands for a folder in a folder."""
    rng = np.random.default_rng(0)
    for folder, count in images.items():
        place = root / folder.replace("__", "/")
        place.mkdir(parents=True)
        for index in range(count):
            Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8)).save(place / f"{index}.png")
    return root


def audited(root: Path, *words: str) -> Audited:
    return audit_dataset(
        AuditRequest(), compose(["data=folder", f"data.root={root}", f"cache={root.parent / 'cache'}", *words])
    )


def counted(result: Audited) -> dict[str, int]:
    counts = audit_tables(result.manifest, result.refused)["images per class and split"]
    return dict(zip(counts["class"], counts["all"], strict=True))


def test_a_dataset_that_trains_has_nothing_to_refuse(tmp_path: Path) -> None:
    result = audited(written(tmp_path / "d", cat=8, dog=8))
    assert result.refused == ()
    assert set(result.manifest.table["split"]) >= {"train", "val", "calib", "test"}


@pytest.mark.parametrize(
    ("images", "words", "reason"),
    [
        ({"cat": 8}, (), "a classifier needs two classes; all 8 images are of one: cat"),
        ({"cat": 8, "dog": 1}, (), "class dog has one image"),
        ({"cat": 2, "dog": 2}, (), "split val gets none of 4 images"),
        ({"cat": 8, "dog": 8}, ("data.split.calib=0", "data.split.train=0.7"), "data.split.calib=0 leaves no image"),
        ({"mild": 8, "none": 8}, ("data.ordered=true",), "data.ordered=true needs the order of the grades"),
        ({"cat": 8, "dog": 8}, ("data.holdout_class=cat",), "only 1 class would be left"),
        ({"cat": 8, "dog": 4}, ("data.fold=0", "data.folds=5"), "class dog has 4 images that share no group"),
    ],
)
def test_what_a_training_would_refuse_is_described_with_the_reason(
    tmp_path: Path, images: dict[str, int], words: tuple[str, ...], reason: str
) -> None:
    result = audited(written(tmp_path / "d", **images), *words)
    assert counted(result) == {**images, "all": sum(images.values())}
    assert [reason in message for message in result.refused] == [True]


def test_several_faults_of_a_dataset_are_all_named(tmp_path: Path) -> None:
    root = written(tmp_path / "d", cat=8, Cat=2, dog=1)
    (root / "cat" / "empty.png").write_bytes(b"")
    result = audited(root)
    nearly, unusable, single = result.refused
    assert "labels that are nearly equal" in nearly
    assert "1 of 12 images cannot be used" in unusable
    assert "class dog has one image" in single
    assert counted(result) == {"cat": 10, "dog": 1, "all": 11}


def test_a_folder_that_is_not_there_cannot_be_audited(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        audited(tmp_path / "nowhere")


@pytest.mark.parametrize(("word", "held"), [("007", {"007"}), ("[007,cat]", {"007", "cat"}), ("[cat]", {"cat"})])
def test_one_or_several_classes_are_held_out_by_the_names_that_were_typed(
    tmp_path: Path, word: str, held: set[str]
) -> None:
    result = audited(written(tmp_path / "d", **{"007": 8, "cat": 8, "dog": 8, "fox": 8}), f"data.holdout_class={word}")
    assert result.refused == ()
    assert set(result.manifest.class_names) == {"007", "cat", "dog", "fox"} - held
    sets = result.manifest.table["ood_set"][result.manifest.table["split"] == "ood"]
    assert sets.value_counts().to_dict() == {f"holdout_{name}": 8 for name in held}


def test_findings_are_looked_for_and_kept_for_the_next_look(tmp_path: Path) -> None:
    root = written(tmp_path / "d", cat=30, dog=30)
    Image.fromarray(np.full((24, 24, 3), 130, np.uint8)).save(root / "cat" / "even.png")
    Image.open(root / "dog" / "3.png").save(root / "dog" / "again.bmp")
    first = audited(root).findings
    assert {(finding.kind, finding.name) for finding in first.findings} >= {
        ("quality", "blank"),
        ("copies", "same_pixels"),
        ("rights", "no_licences"),
    }
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache" / "scans" / "findings").iterdir()}
    assert len(kept) == len(first.looked_at)
    assert audited(root).findings == first
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_only_the_kinds_that_are_asked_for_are_looked_for(tmp_path: Path) -> None:
    root = written(tmp_path / "d", cat=8, dog=8)
    config = compose(["data=folder", f"data.root={root}", f"cache={tmp_path / 'cache'}"])
    findings = audit_dataset(AuditRequest(kinds=("rights",)), config).findings
    assert findings.looked_at == ("rights",)
    assert findings.skipped["copies"] == "not asked for: kinds=[copies]"
