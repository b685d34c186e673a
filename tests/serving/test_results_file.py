"""Results that are kept as they come: nothing is asked twice, nothing of another model is taken for an answer."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.errors import ConfigError
from assay.predictor import Answer
from assay.serving.classified import Classified
from assay.serving.results_file import ResultsFile

ANSWER = Answer("c d", 0.6, np.array([0.1, 0.3, 0.6]), rejected=True, possible=("c d", "b"))
ENDINGS = pytest.mark.parametrize("ending", ["jsonl", "csv"])


def result(picture: str = "a.png", **other: object) -> Classified:
    return replace(Classified(picture, ANSWER, bytes=12, modified_ns=34), **other)  # type: ignore[arg-type]


@ENDINGS
def test_what_is_written_is_not_asked_again_but_what_failed_or_changed_is(engine, tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    failed = Classified("torn.jpg", None, 'torn.jpg: half, a "picture"\nof 2 lines', bytes=3, modified_ns=4)
    with ResultsFile(path, engine) as file:
        assert file.answered == set()
        file.add([result(), result("=cmd,'x'.png"), failed])
    with ResultsFile(path, engine) as file:
        assert file.answered == {("a.png", 12, 34), ("=cmd,'x'.png", 12, 34)}


@ENDINGS
def test_half_a_line_that_a_kill_left_is_cut_off_and_the_rest_stays(engine, tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    with ResultsFile(path, engine) as file:
        file.add([result(), result("b.png")])
    whole = path.read_bytes()
    for length in range(whole.rstrip(b"\n").rindex(b"\n") + 2, len(whole)):
        path.write_bytes(whole[:length])
        with ResultsFile(path, engine) as file:
            assert file.answered == {("a.png", 12, 34)}
            file.add([result("b.png")])
        assert path.read_bytes() == whole


def test_both_kinds_of_file_say_the_same(engine, tmp_path):
    for ending in ("jsonl", "csv"):
        with ResultsFile(tmp_path / f"out.{ending}", engine) as file:
            file.add([result()])
    said = json.loads((tmp_path / "out.jsonl").read_text())
    (row,) = csv.DictReader((tmp_path / "out.csv").open(newline=""))
    assert said["probabilities"] == {"a": 0.1, "b": 0.3, "c d": 0.6}
    assert [float(row[f"probability_{name}"]) for name in ["a", "b"]] == [0.1, 0.3]
    assert (said["possible"], row["possible"]) == (["c d", "b"], "c d|b")
    assert (said["for_a_person"], row["for_a_person"]) == (True, "True")
    assert said["bundle"] == row["bundle"] == engine.digest
    assert (said["version"], row["version"]) == ("3", "3")


def broken(path: Path) -> None:
    path.write_text("not an answer\n")


def of_another_model(path: Path) -> None:
    path.write_text(path.read_text().replace("e", "f"))


@pytest.mark.parametrize("spoil", [broken, of_another_model])
@ENDINGS
def test_a_file_of_something_else_is_left_as_it_is(engine, tmp_path, ending, spoil: Callable[[Path], None]):
    path = tmp_path / f"out.{ending}"
    with ResultsFile(path, engine) as file:
        file.add([result()])
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"other columns|is no answer|of another model"):
        ResultsFile(path, engine)
    assert path.read_bytes() == before


def test_an_ending_that_says_nothing_is_refused_with_one_that_does(engine, tmp_path):
    with pytest.raises(ConfigError, match=r"output=.*out\.jsonl takes a line each"):
        ResultsFile(tmp_path / "out", engine)
    ResultsFile(tmp_path / "out.jsonl", engine)
