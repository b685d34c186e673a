"""What a job of a multirun prints says which one it is."""

from __future__ import annotations

import sys

import pytest

from assay.program import note_way_on, ways_on
from assay.sweep.jobs.numbered import job_label, prefixed
from assay.tracking.tags import JOB_VARIABLE, job_tag


def test_every_line_of_a_job_begins_with_its_number_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    label = job_label(2, 4, "loss=focal seed=1")
    monkeypatch.setenv(JOB_VARIABLE, label)
    assert job_tag() == {"assay.job": "2"}
    with prefixed():
        print(label, file=sys.stderr)
        print("half ", end="")
        print("a line\nand another")
    captured = capsys.readouterr()
    assert captured.err == "[2/4] loss=focal seed=1\n"
    assert captured.out == "[2/4] half a line\n[2/4] and another\n"


def test_outside_of_a_multirun_nothing_is_numbered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(JOB_VARIABLE, raising=False)
    with prefixed():
        print("a line")
    assert (capsys.readouterr().out, job_tag()) == ("a line\n", {})


def test_tracebacks_of_other_processes_are_no_way_on() -> None:
    error = ValueError("x")
    error.add_note("in process 7 on node:\nTraceback … goes on with: nothing")
    note_way_on(error, "run 3f2a", "assay train resume=3f2a")
    assert ways_on(error) == ["run 3f2a goes on with: assay train resume=3f2a"]
