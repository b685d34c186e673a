"""`assay audit` as it is typed: decided in a table, done in a new manifest, taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from assay.audit.finding import Finding
from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from assay.data.sources.table import TableSource
from audit_world import filled


@pytest.fixture
def dataset(photos: Path, tmp_path: Path) -> Manifest:
    return FolderSource(str(photos)).build(tmp_path / "cache")


def about(dataset: Manifest, *rows: int, kind: str = "quality", name: str = "blurred") -> Finding:
    table = dataset.table.iloc[list(rows)]
    return Finding(kind, name, tuple(table["id"]), tuple(table["path"]), "seen by a person", 0.5)


@pytest.mark.slow
def test_what_is_decided_in_a_table_is_trained_on_and_can_be_taken_back(assay, photos: Path, dataset: Manifest):
    files_before = {path: path.read_bytes() for path in sorted(photos.rglob("*.png"))}
    bad, wrong = about(dataset, 0), about(dataset, 50, kind="label", name="mislabelled")
    row = {"by": "kim", "reason": "seen"}
    table = filled(
        Path("t.csv"), [bad, wrong], {**row, "decision": "exclude"}, {**row, "decision": "relabel", "label": "onyx"}
    )
    data = ["data=folder", f"data.root={photos}", "decisions=decisions.jsonl"]
    out = assay("audit", "decide", str(table), *data, "to=clean.parquet")
    assert "2 decisions are added" in out
    assert "1 excluded, 1 relabelled" in out

    made = Manifest.load(Path("clean.parquet"))
    assert len(made) == len(dataset) - 1
    assert made.lineage is not None
    assert made.lineage.changes == {"excluded": 1, "relabelled": 1}
    assert made.lineage.command.startswith("assay audit decide t.csv")
    document = json.loads(assay("audit", "apply", *data, "to=again.parquet", "format=json"))
    assert document["manifest"]["digest"] == made.digest
    assert document["manifest"]["parent"] == made.lineage.parent
    lines = pd.read_csv(pd.io.common.StringIO(assay("audit", "apply", *data, "to=again.parquet", "format=csv")))
    assert lines["what"].tolist() == [change["what"] for change in document["manifest"]["changes"]]

    trained_on = TableSource("clean.parquet").build(Path("cache"))
    assert trained_on.digest == made.digest
    (reason,) = trained_on.excluded["reason"][trained_on.excluded["path"] == bad.paths[0]]
    assert "excluded by kim: seen" in reason
    again = assay("audit", "data=table", "data.path=clean.parquet")
    assert "excluded by kim" in again
    assert "not used" not in again  # what a person has decided is no finding

    for finding in (bad, wrong):
        assay("audit", "undo", f"F-{finding.id}", *data, "by=max", "reason=looked again", "to=undone.parquet")
    undone = Manifest.load(Path("undone.parquet"))
    assert undone.digest == made.lineage.parent
    assert len(Path("decisions.jsonl").read_text().splitlines()) == 4
    assert {path: path.read_bytes() for path in sorted(photos.rglob("*.png"))} == files_before


@pytest.mark.slow
def test_a_manifest_can_be_audited_and_never_is_written_over(assay, photos: Path, dataset: Manifest):
    data = ["data=folder", f"data.root={photos}", "decisions=d.jsonl"]
    filled(Path("t.csv"), [about(dataset, 0)], {"decision": "exclude", "reason": "dark"})
    assay("audit", "decide", "t.csv", *data, "by=kim", "to=one.parquet")
    first = Manifest.load(Path("one.parquet"))
    filled(Path("t.csv"), [about(dataset, 1)], {"decision": "exclude", "reason": "dark"})
    table = ["data=table", "data.path=one.parquet", "decisions=e.jsonl"]
    told = assay("audit", "decide", "t.csv", *table, "by=kim", "to=one.parquet", code=2)
    assert "give the new one another name" in told
    assay("audit", "decide", "t.csv", *table, "by=kim", "to=two.parquet")
    second = Manifest.load(Path("two.parquet"))
    assert second.lineage.parent == first.digest
    assert len(second) == len(first) - 1


def test_a_table_with_a_wrong_row_changes_nothing(assay, photos: Path, dataset: Manifest):
    filled(Path("t.csv"), [about(dataset, 0)], {"decision": "relabel", "label": "oynx", "reason": "seen"})
    data = ["data=folder", f"data.root={photos}", "decisions=d.jsonl", "by=kim"]
    told = assay("audit", "decide", "t.csv", *data, "to=m.parquet", code=1)
    assert "row 2: label 'oynx' is no class of the dataset; did you mean onyx?" in told
    assert not Path("d.jsonl").exists()
    assert not Path("m.parquet").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["decde"], "did you mean decide?"),
        (["decide"], "the table that was filled in"),
        (["decide", "t.csv"], "decisions= is needed"),
        (["apply", "decisions=d.jsonl"], "to= is needed"),
        (["undo", "F-0123456789ab", "decisions=d.jsonl"], "by= is needed"),
        (["to=m.parquet"], "goes with"),
        (["apply", "decisions=d.jsonl", "to=m.csv"], ".parquet"),
    ],
)
def test_what_is_missing_or_means_nothing_is_said(assay, photos: Path, words: list[str], told: str):
    assert told in assay("audit", *words, "data=folder", f"data.root={photos}", code=2)


def test_what_was_never_decided_cannot_be_taken_back_or_applied(assay, photos: Path):
    data = ["data=folder", f"data.root={photos}", "decisions=d.jsonl"]
    assert "nothing is decided" in assay("audit", "undo", "F-0123456789ab", *data, "by=kim", "reason=x", code=1)
    assert "nothing is decided here yet" in assay("audit", "apply", *data, "to=m.parquet", code=1)


def test_a_dataset_that_a_training_refuses_can_be_mended(assay, tmp_path: Path, dataset: Manifest):
    table = pd.DataFrame({"path": dataset.table["path"], "label": [dataset.class_names[k] for k in dataset.labels]})
    doubled = pd.concat([table, table.iloc[:1].assign(label="onyx")])
    doubled.to_json(tmp_path / "t.json", orient="records")
    filled(Path("d.csv"), [about(dataset, 1)], {"decision": "exclude", "reason": "dark"})
    data = ["data=table", "data.path=t.json", "decisions=d.jsonl", "by=kim"]
    out = assay("audit", "decide", "d.csv", *data, "to=m.parquet")
    assert "several labels" in out
    made = TableSource("m.parquet").build(tmp_path / "cache")
    assert len(made) == len(dataset) - 2
    assert build_manifest(Records(table), tmp_path / "cache", where="t").class_names == made.class_names


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "decide", "gone.csv", "decisions=decisions.jsonl"),
        ("audit", "against=gone.csv", "fail_on=[new_leaks]"),
    ],
)
def test_a_file_that_is_missing_is_said_before_the_dataset_is_read(assay, words: tuple[str, ...]):
    out = assay(*words, "data=folder", "data.root=no_pictures_here", code=1)
    assert "gone.csv" in out
    assert "no_pictures_here" not in out
