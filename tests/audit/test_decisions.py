"""Decisions on disk, and the table in which they are made."""

from __future__ import annotations

import csv
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from assay.audit.decision import UNDONE, in_force
from assay.audit.decisions_file import add_decisions, decisions_digest, read_decisions
from assay.audit.finding import CHOICES
from assay.audit.template import finding_named, read_filled, save_template
from assay.errors import DataError
from assay.review.forms import form_of
from audit_world import CLASSES, decided, filled, finding_about, picture

COPIES = finding_about("a", "b")
BLURRED = finding_about("c", kind="quality", name="blurred", why="=HYPERLINK(0)", suggestion="exclude")
IDS = [picture(name) for name in "abc"]


def test_the_choices_of_the_desk_are_those_of_a_finding():
    form = form_of("audit")
    assert [choice.value for choice in form.choices if not choice.abstains] == list(CHOICES)


def test_decisions_are_added_and_the_same_is_not_added_twice(tmp_path):
    file = tmp_path / "d" / "decisions.jsonl"
    assert read_decisions(file) == []
    (first,) = add_decisions(file, [decided(COPIES, "keep")])
    before = file.read_bytes()
    assert add_decisions(file, [decided(COPIES, "keep")]) == []
    (second,) = add_decisions(file, [decided(COPIES, "keep_both")])
    assert file.read_bytes().startswith(before)
    assert read_decisions(file) == [first, second]
    assert in_force(read_decisions(file)) == {COPIES.id: second}


def test_what_was_decided_and_taken_back_leaves_no_trace_in_the_digest(tmp_path):
    (kept,) = add_decisions(tmp_path / "d.jsonl", [decided(COPIES, "keep")])
    other = replace(decided(BLURRED, "exclude"), time="2026-01-01T00:00:00+00:00")
    assert decisions_digest([kept, other, replace(other, choice=UNDONE)]) == decisions_digest([kept])
    assert decisions_digest([kept, other]) != decisions_digest([kept])


def _add_many(file: Path, worker: int, count: int) -> None:
    for number in range(count):
        finding = finding_about(f"{worker} {number}", kind="quality", name="blurred")
        add_decisions(file, [decided(finding, "exclude")])


def test_processes_that_decide_at_once_lose_nothing(tmp_path):
    file = tmp_path / "decisions.jsonl"
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_add_many, args=(file, worker, 12)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(in_force(read_decisions(file))) == 48


def test_a_kill_while_decisions_are_written_leaves_whole_lines(tmp_path):
    file = tmp_path / "decisions.jsonl"
    worker = multiprocessing.get_context("fork").Process(target=_add_many, args=(file, 0, 10_000))
    worker.start()
    seen = 0
    while seen < 5:
        seen = len(read_decisions(file))
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    kept = read_decisions(file)
    assert len(kept) >= seen
    add_decisions(file, [decided(COPIES, "keep")])
    assert len(read_decisions(file)) == len(kept) + 1


def test_a_line_that_is_no_decision_is_named_and_nothing_is_written_over_it(tmp_path):
    file = tmp_path / "decisions.jsonl"
    add_decisions(file, [decided(COPIES, "keep")])
    file.write_text(file.read_text() + '{"finding": "x"}\n')
    before = file.read_bytes()
    for doing in (lambda: read_decisions(file), lambda: add_decisions(file, [decided(BLURRED, "exclude")])):
        with pytest.raises(DataError, match="line 2 is no decision"):
            doing()
    assert file.read_bytes() == before


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_that_was_filled_in_becomes_decisions(tmp_path, delimiter):
    row = {"decision": "Keep both", "by": "kim", "reason": "two shots"}
    path = filled(tmp_path / "t.csv", [COPIES, BLURRED], row, {}, delimiter=delimiter)
    (decision,) = read_filled(path, IDS, CLASSES)
    assert decision == replace(decided(COPIES, "keep_both", reason="two shots"))


def test_a_table_in_utf_16_is_read_and_a_missing_author_is_whoever_reads_it(tmp_path):
    path = filled(tmp_path / "t.csv", [COPIES], {"decision": "relabel", "label": "jade", "reason": "grün"})
    path.write_text(path.read_text("utf-8"), "utf-16")
    (decision,) = read_filled(path, IDS, CLASSES, by="max")
    assert (decision.choice, decision.label, decision.by, decision.reason) == ("relabel", "jade", "max", "grün")


def test_no_cell_of_the_table_is_calculated_and_no_id_is_a_number(tmp_path):
    save_template(tmp_path / "t.csv", [BLURRED])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert row["why"] == "'=HYPERLINK(0)"
    assert row["finding"] == f"F-{BLURRED.id}"
    assert finding_named(row["finding"]) == finding_named(BLURRED.id) == BLURRED.id
    assert row["pictures"].startswith("sha256: ")


def test_every_row_that_cannot_be_is_refused_by_its_number_and_none_is_taken(tmp_path):
    findings = [finding_about(name, kind="quality", name="blurred") for name in "abcabcabc"]
    good = {"decision": "exclude", "by": "kim", "reason": "blurred"}
    path = filled(
        tmp_path / "t.csv",
        findings,
        good,
        {**good, "decision": "exlude"},
        {**good, "decision": "relabel", "label": "jad"},
        {**good, "reason": " "},
        {**good, "by": ""},
        {**good, "name": "dark"},
        {**good, "finding": "F-12"},
        {"label": "jade"},
        {**good, "pictures": "sha256: " + "f" * 16},
    )
    with pytest.raises(DataError, match="nothing was taken; 8 rows") as refused:
        read_filled(path, IDS, CLASSES)
    told = str(refused.value).splitlines()[1:]
    assert [line.partition(":")[0].strip() for line in told] == [f"row {number}" for number in range(3, 11)]
    for line, words in zip(
        told,
        (
            "did you mean exclude?",
            "did you mean jade?",
            "a reason",
            "by=NAME",
            "were changed",
            "no id of a finding",
            "no decision",
            "not in the dataset",
        ),
        strict=True,
    ):
        assert words in line


def test_a_finding_with_more_pictures_than_a_cell_holds_is_looked_up(tmp_path):
    large = finding_about(*(f"p{number}" for number in range(3_000)))
    path = filled(tmp_path / "t.csv", [large], {"decision": "exclude", "by": "kim", "reason": "all the same"})
    (decision,) = read_filled(path, large.images, CLASSES, found=lambda: {large.id: large})
    assert decision.images == large.images
    with pytest.raises(DataError, match="audit it again"):
        read_filled(path, large.images, CLASSES)


def test_of_a_finding_about_a_class_only_that_it_is_none_can_be_decided(tmp_path):
    shortcut = finding_about("a", "b", kind="shortcut", name="border", suggestion="", subject="jade")
    path = filled(
        tmp_path / "t.csv", [shortcut], {"decision": "not_a_finding", "by": "kim", "reason": "it is its colour"}
    )
    (decision,) = read_filled(path, IDS, CLASSES)
    assert (decision.finding, decision.images, decision.paths) == (shortcut.id, (), ())
    filled(path, [shortcut], {"decision": "exclude", "by": "kim", "reason": "seen"})
    with pytest.raises(DataError, match="only not_a_finding fits"):
        read_filled(path, IDS, CLASSES)


def test_what_is_about_the_whole_dataset_can_only_be_no_finding():
    whole = finding_about(kind="shortcut", name="file_size", suggestion="")
    decided(whole, "not_a_finding")
    with pytest.raises(DataError, match="dataset as a whole"):
        decided(whole, "exclude")
