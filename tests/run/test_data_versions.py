"""`assay data`: versions of a dataset, how two differ, and what is in one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.audit.apply import apply_decisions
from assay.cli import main
from assay.data.lineage import Lineage
from assay.data.manifest import Manifest
from assay.data.versions import versions_in
from audit_world import decided, finding_about, manifest_of

FIRST = manifest_of(("a", "amber", "train"), ("b", "amber", "val"), ("c", "jade", "train"), ("d", "jade", "test"))


def made_from(parent: Manifest, choice: str, name: str, time: str, **more: str) -> Manifest:
    applied = apply_decisions(parent, [decided(finding_about(name), choice, **more)])
    lineage = Lineage(parent.digest, f"assay audit apply {name}", time, changes=applied.counts())
    return replace(applied.manifest, lineage=lineage)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """first.parquet, second.parquet of it, third.parquet of that, another.parquet of the first, and what is none."""
    second = made_from(FIRST, "exclude", "a", "2026-01-02T00:00:00+00:00")
    third = made_from(second, "relabel", "b", "2026-01-03T00:00:00+00:00", label="onyx")
    another = made_from(FIRST, "exclude", "c", "2026-01-04T00:00:00+00:00")
    FIRST.save(tmp_path / "z" / "first.parquet")
    second.save(tmp_path / "second.parquet")
    third.save(tmp_path / "a third.parquet")
    another.save(tmp_path / "another.parquet")
    FIRST.table.to_parquet(tmp_path / "no manifest.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def data(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: str, code: int = 0) -> str:
        ended = 0
        try:
            main(["data", *words])
        except SystemExit as stopped:
            ended = int(stopped.code or 0)
        out, err = capsys.readouterr()
        assert ended == code, out + err
        return out + err

    return run


def test_versions_stand_behind_what_they_were_made_from(folder: Path):
    listed = [(Path(each.path).name, each.depth) for each in versions_in(folder) if not each.problem]
    assert listed == [("first.parquet", 0), ("second.parquet", 1), ("a third.parquet", 2), ("another.parquet", 1)]
    (broken,) = [each for each in versions_in(folder) if each.problem]
    assert Path(broken.path).name == "broken.parquet"


def test_manifests_that_were_made_from_one_another_are_all_listed(tmp_path: Path):
    one = replace(FIRST, lineage=Lineage("", "x", "2026-01-01T00:00:00+00:00"))
    other = made_from(one, "exclude", "a", "2026-01-02T00:00:00+00:00")
    replace(one, lineage=Lineage(other.digest, "y", "2026-01-03T00:00:00+00:00")).save(tmp_path / "one.parquet")
    other.save(tmp_path / "other.parquet")
    assert {Path(each.path).name for each in versions_in(tmp_path)} == {"one.parquet", "other.parquet"}


def test_they_are_printed_and_written_alike(data: Callable[..., str]):
    shown = data("versions")
    for version in versions_in(Path()):
        assert version.digest[:12] in shown
    document = json.loads(data("format=json"))
    assert [each["path"] for each in document["versions"]] == [each.path for each in versions_in(Path())]
    rows = list(csv.DictReader(io.StringIO(data("versions", ".", "format=csv"))))
    assert [row["digest"] for row in rows] == [each["digest"] for each in document["versions"]]


def test_two_versions_are_held_against_each_other(data: Callable[..., str]):
    shown = data("diff", "z/first.parquet", "a third.parquet")
    assert "1 gone, 1 relabelled" in shown
    # By hand: shares (1/2, 1/2, 0) and (0, 2/3, 1/3); half of 1/2 + 1/6 + 1/3.
    assert "total variation distance 0.500" in shown
    rows = list(csv.DictReader(io.StringIO(data("diff", "z/first.parquet", "a third.parquet", "format=csv"))))
    assert {(row["what"], Path(row["file"]).name, row["before"], row["after"]) for row in rows} == {
        ("gone", "a.png", "", ""),
        ("relabelled", "b.png", "amber", "onyx"),
    }
    assert "the same pictures, labels and splits" in data("diff", "second.parquet", "second.parquet")


def test_what_is_in_one_and_where_it_comes_from_is_said(data: Callable[..., str], folder: Path):
    shown = data("show", "second.parquet")
    for words in (FIRST.digest, "assay audit apply a", "1 excluded", "images per class and split"):
        assert words in shown
    (folder / "audit").mkdir()
    FIRST.save(folder / "audit" / "manifest.parquet")
    assert json.loads(data("show", "audit", "format=json"))["version"] == FIRST.digest


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (["diff", "second.parquet"], "two manifests: assay data diff OLD NEW", 2),
        (["show"], "a manifest: assay data show FILE", 2),
        (["shwo", "x"], "did you mean show?", 2),
        (["show", "gone.parquet"], "no such file", 1),
        (["show", "no manifest.parquet"], "is no saved manifest", 1),
        (["versions", "nowhere"], "no such folder", 1),
    ],
)
def test_what_is_missing_is_said(data: Callable[..., str], words: list[str], told: str, code: int):
    assert told in data(*words, code=code)
