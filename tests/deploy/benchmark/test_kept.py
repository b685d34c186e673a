"""A benchmark that is ended before its time keeps what it has measured, and the same call goes on with it."""

from __future__ import annotations

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.deploy.benchmark import benchmark
from assay.deploy.benchmark.benchmark import Benchmark, Settings, measure
from assay.deploy.benchmark.cold import ColdStart
from assay.deploy.benchmark.interleaved import TimedConfiguration
from assay.deploy.benchmark.kept import KeptMeasurements
from assay.program import called_with, ways_on

SETTINGS = Settings(formats=("torch",), batch_sizes=(1, 2), threads=(1,), runs=30, warmup=1, seconds=None)
COLD = ColdStart(1.5, 1.0, 0.2, 300.0, 320.0)


@pytest.fixture
def pictures() -> list[bytes]:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(buffer, "PNG")
    return [buffer.getvalue()]


@pytest.fixture
def run(tiny_bundle, pictures, tmp_path):
    bundle = tiny_bundle()

    def through(settings: Settings = SETTINGS) -> Benchmark:
        return measure(bundle, pictures, settings, about="one", keep=tmp_path / "kept.jsonl")

    return through


@pytest.fixture
def interrupted(run, monkeypatch: pytest.MonkeyPatch):
    """Call it, with Ctrl-C while a fresh process is waited for."""

    def through() -> KeyboardInterrupt:
        def ended(*_: object, **__: object) -> ColdStart:
            raise KeyboardInterrupt

        monkeypatch.setattr(benchmark, "cold_start", ended)
        with called_with("bench", ["bundle=a folder"]), pytest.raises(KeyboardInterrupt) as caught:
            run()
        monkeypatch.setattr(benchmark, "cold_start", lambda *_, **__: COLD)
        return caught.value

    return through


def test_what_was_timed_is_shown_and_the_command_goes_on_without_timing_it_again(interrupted, run, capsys, monkeypatch):
    error = interrupted()
    shown = capsys.readouterr().err
    assert "torch, batch 1, 1 thread: 30 runs, median" in shown
    assert "torch, batch 2, 1 thread: 30 runs, median" in shown
    assert ways_on(error) == ["the benchmark goes on with: assay bench 'bundle=a folder'"]

    monkeypatch.setattr("assay.deploy.benchmark.interleaved.timed", lambda *_: pytest.fail("timed again"))
    whole = run()
    assert [timing.runs for timing in whole.timings] == [30, 30]
    assert whole.formats[0].cold == COLD
    assert any("60 of the runs were timed by a call that was ended" in note for note in whole.notes)


def test_other_settings_begin_anew(interrupted, run):
    interrupted()
    whole = run(replace(SETTINGS, runs=4))
    assert [timing.runs for timing in whole.timings] == [4, 4]
    assert not any("ended before its time" in note for note in whole.notes)


def test_what_is_a_day_old_is_measured_again(interrupted, run, tmp_path):
    interrupted()
    os.utime(tmp_path / "kept.jsonl", (time.time() - 90_000,) * 2)
    assert not any("ended before its time" in note for note in run().notes)


def test_after_a_kill_in_the_middle_of_a_line_all_whole_lines_are_there(tmp_path: Path):
    class Form:
        format, device = "onnx", "cpu"

    path, about = tmp_path / "kept.jsonl", {"bundle": "0"}
    timed = TimedConfiguration(Form(), 1, 2)
    first = KeptMeasurements(path, about)
    for calls, passed in ((2, 1.0), (3, 2.5)):
        timed.steps += [(1.0, 2.0, 3.0, 4.0)] * calls
        first.turn(timed, calls, passed)
    path.write_bytes(path.read_bytes()[:-7])
    again = KeptMeasurements(path, about)
    fresh = TimedConfiguration(Form(), 1, 2)
    again.restore([fresh])
    assert (fresh.steps, fresh.timed_ms, again.passed) == ([(1.0, 2.0, 3.0, 4.0)] * 2, 20.0, 1.0)
    again.cold_started("onnx", COLD)
    assert KeptMeasurements(path, about).cold("onnx") == COLD
