"""`assay audit` as it looks at a dataset: its page, its tables, what is new since before, and copies across splits."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.audit.against import FAILS
from assay.audit.report.cards import MOST_BYTES, MOST_PICTURES, kinds_of_findings
from assay.audit.report.write import read_report
from assay.data.manifest import Manifest
from assay.data.sources.table import TableSource
from audit_world import filled


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """24 pictures of two classes with given splits; the first of train is in test once more, saved with loss."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "d"
    folder.mkdir()
    rows = []
    for number in range(24):
        label = "jade" if number % 2 else "amber"
        coarse = rng.integers(0, 256, (6, 6, 3), np.uint8)
        Image.fromarray(coarse).resize((64, 64), Image.Resampling.BICUBIC).save(folder / f"{number:02}.png")
        rows.append((f"{number:02}.png", label, ("train", "train", "train", "val", "calib", "test")[number // 4]))
    Image.open(folder / "00.png").save(folder / "copy.jpg", quality=92)
    rows.append(("copy.jpg", "amber", "test"))
    path = folder / "metadata.csv"
    path.write_text("file_name,label,split\n" + "".join(",".join(row) + "\n" for row in rows))
    return path


def words(table: Path) -> list[str]:
    return ["data=table", f"data.path={table}", "cache=cache", "kinds=[quality,copies,leak]", "analysis=files"]


def test_what_fails_is_what_may_be_typed():
    from typing import get_args, get_type_hints

    from assay.run.audit_request import AuditRequest

    (kinds, _) = get_args(get_type_hints(AuditRequest)["fail_on"])
    assert set(get_args(kinds)) == set(FAILS)


@pytest.mark.slow
def test_an_audit_leaves_a_page_and_a_table_with_the_same_findings_in_all_formats(assay, table: Path):
    assay("audit", *words(table), "output=audit")
    manifest, findings = read_report(Path("audit"))
    (leak,) = findings.of("leak")
    assert {Path(path).name for path in leak.paths} == {"00.png", "copy.jpg"}
    page = Path("audit/index.html").read_text("utf-8")
    assert not re.search(r"(src|href)=[\"'](https?:)?//", page)
    shown = [json.loads(html.unescape(row)) for row in re.findall(r'data-row="([^"]*)"', page)]
    with Path("audit/decisions.csv").open(encoding="utf-8-sig", newline="") as opened:
        listed = list(csv.DictReader(opened))
    assert {row["finding"] for row in shown} == {row["finding"] for row in listed}
    assert {row["finding"] for row in listed} == {f"F-{finding.id}" for finding in findings.findings}
    assert len(re.findall(r'<img src="data:image/jpeg', page)) >= 2

    document = json.loads(assay("audit", *words(table), "format=json"))
    rows = list(csv.DictReader(io.StringIO(assay("audit", *words(table), "format=csv"))))
    text = assay("audit", *words(table))
    with Path("audit/audit.csv").open(encoding="utf-8-sig", newline="") as opened:
        statistics = list(csv.DictReader(opened))
    assert [row for row in rows if row["table"] != "findings"] == statistics
    counts = document["tables"]["images per class and split"]
    assert [row["all"] for row in counts] == [13, 12, 25]
    values = {(row["row"], row["column"]): row["value"] for row in rows if row["table"] == "images per class and split"}
    assert values["2", "all"] == "25"
    assert {finding["id"] for finding in document["findings"]} == {finding.id for finding in findings.findings}
    assert document["tables"]["missing up to 13 images of each class"][0]["missing"] == 1
    for told in ("missing up to 13 images", "leak", "across splits"):
        assert told in text
    assert manifest.digest == document["dataset"]


@pytest.mark.slow
def test_a_table_that_was_filled_in_is_not_written_over_before_it_is_taken(assay, table: Path):
    assay("audit", *words(table), "output=audit")
    _, findings = read_report(Path("audit"))
    (leak,) = findings.of("leak")
    done = filled(Path("audit/decisions.csv"), [leak], {"decision": "keep_both", "reason": "one shot", "by": "kim"})
    before = done.read_bytes()
    told = assay("audit", *words(table), "output=audit", code=1)
    assert "row 2 is decided there and not taken yet" in told
    assert done.read_bytes() == before
    data = [*words(table)[:3], "decisions=d.jsonl"]
    assay("audit", "decide", "audit/decisions.csv", *data)
    out = assay("audit", *words(table), "decisions=d.jsonl", "output=audit")
    assert "1 findings are decided" in out
    assert leak.id not in Path("audit/decisions.csv").read_text("utf-8")


@pytest.mark.slow
def test_copies_across_splits_are_mended_in_a_new_manifest_and_the_audit_finds_none_any_more(assay, table: Path):
    document = json.loads(assay("audit", *words(table)[:3], "fix=groups", "to=m.parquet", "format=json"))
    (excluded,) = [change for change in document["manifest"]["changes"] if change["what"] == "excluded"]
    assert Path(excluded["path"]).name == "00.png"
    assert excluded["before"] == "train"
    made = TableSource("m.parquet").build(Path("cache"))
    assert made.table.groupby("group")["split"].nunique().max() == 1
    assert "of the split test" in Manifest.load(Path("m.parquet")).excluded["reason"].iloc[-1]
    again = json.loads(assay("audit", "data=table", "data.path=m.parquet", "cache=cache", "format=json"))
    assert [finding for finding in again["findings"] if finding["kind"] == "leak"] == []


@pytest.mark.slow
def test_a_pipeline_fails_for_new_leaks_and_not_for_those_of_before(assay, table: Path):
    rows = table.read_text().splitlines()
    table.write_text("\n".join(rows[:-1]) + "\n")
    assay("audit", *words(table), "output=before")
    clean = assay("audit", *words(table), "against=before", "fail_on=[new_leaks,gone]")
    assert "the same pictures, labels and splits" in clean
    table.write_text("\n".join(rows) + "\n")
    told = assay("audit", *words(table), "against=before", "fail_on=[new_leaks]", code=1)
    assert "1 added" in told
    assert re.search(r"new_leaks: 1 \(first: F-[0-9a-f]{12}, across_splits: 2 files", told)
    assay("audit", *words(table), "against=before/manifest.parquet", "fail_on=[new_leaks]", code=1)
    assay("audit", *words(table), "against=before", "fail_on=[new_quality]")
    assay("audit", *words(table), "output=after")
    assay("audit", *words(table), "against=after", "fail_on=[new_leaks]")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["fail_on=[new_leaks]"], "goes with against="),
        (["fix=groups"], "goes with to="),
        (["fix=groups", "to=m.parquet", "output=audit"], "means nothing beside fix="),
        (["against=before", "fail_on=[new_leak]"], "new_leaks"),
        (["target=-1"], "of 0 or more"),
    ],
)
def test_keys_that_mean_nothing_together_are_refused(assay, table: Path, typed: list[str], told: str):
    assert told in assay("audit", *words(table), *typed, code=2)


@pytest.mark.slow
def test_a_page_carries_so_many_pictures_and_bytes_and_says_what_it_leaves_out(assay, table: Path, monkeypatch):
    assay("audit", *words(table), "output=audit")
    manifest, findings = read_report(Path("audit"))
    assert MOST_BYTES <= 8_000_000
    assert MOST_PICTURES <= 600
    monkeypatch.setattr("assay.audit.report.cards.MOST_PICTURES", 1)
    kinds = kinds_of_findings(findings, findings.findings, manifest)
    shown = [picture for kind in kinds for card in kind.cards for picture in card.pictures]
    assert sum(bool(picture.uri) for picture in shown) == 1
    assert {picture.problem for picture in shown if not picture.uri} == {"the page is full"}
    monkeypatch.setattr("assay.audit.report.cards.MOST_OF_KIND", 0)
    assert [len(kind.cards) for kind in kinds_of_findings(findings, findings.findings, manifest)] == [0] * 6
