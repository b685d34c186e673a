"""What a machine can lack: packages, room, an answer; and trainings that were interrupted."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from assay.housekeeping.doctor.checks.disk import bytes_per_day, room
from assay.housekeeping.doctor.checks.versions import packages, python_version
from assay.run.workspace import recording_store
from assay.tracking.process import PID
from assay.tracking.store import TrackingStore
from doctor_world import Patient
from serving_world import World


def test_a_package_outside_its_bounds_and_one_that_is_missing_are_named() -> None:
    asked = ["torch>=2.9", "mlflow>=3.16.1,<3.18", "nowhere>=1", 'ray>=2.50; extra == "ray"']
    seen = list(packages(asked, {"torch": "2.9.1+cpu", "mlflow": "3.18.0"}.get))  # type: ignore[arg-type]
    assert [each.state for each in seen] == ["broken", "broken"]
    assert "mlflow is 3.18.0; Assay needs mlflow<3.18,>=3.16.1" in seen[0].sentence
    assert seen[1].fix == "python -m pip install 'nowhere>=1'"
    assert "torch 2.9.1" in next(packages(["torch>=2.9"], lambda name: "2.9.1")).sentence


def test_a_python_that_is_too_old_is_named_with_one_that_is_not() -> None:
    assert python_version("3.11.0", ">=3.11").state == "ok"
    seen = python_version("3.10.9", ">=3.11")
    assert (seen.state, "python3.11 -m venv" in seen.fix) == ("broken", True)


@pytest.mark.parametrize(
    ("free", "growth", "state"),
    [
        (10**11, 0.0, "ok"),
        (10**11, 1e9, "ok"),
        (10**10, 1e9, "warning"),
        (4 * 10**9, 0.0, "warning"),
        (10**8, 0.0, "broken"),
    ],
)
def test_room_is_told_by_what_is_free_and_by_how_fast_it_fills(free: int, growth: float, state: str) -> None:
    assert room("runs", free, growth, 30.0).state == state


def test_growth_is_what_a_row_takes_times_rows_of_the_last_week(patient: Patient) -> None:
    patient.log(400, days=-20)
    patient.log(700, days=-3.5)
    a_row = patient.file.stat().st_size / 1100
    assert bytes_per_day(patient.installation()) == pytest.approx(700 * a_row / 3.5, rel=0.02)


def test_a_full_disk_is_emptied_by_the_command_that_is_named(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    network = patient.root / "cache" / "backbones" / f"{'a' * 32}.safetensors"
    network.parent.mkdir(parents=True)
    network.write_bytes(b"x")
    old = time.time() - 8 * 86400
    os.utime(network, (old, old))
    patient.types(room("runs", 1, 0.0, 30.0).fix, store=False)
    assert not network.exists()


def test_what_nobody_used_for_long_is_told_when_it_is_much(patient: Patient) -> None:
    network = patient.root / "cache" / "backbones" / f"{'a' * 32}.safetensors"
    network.parent.mkdir(parents=True)
    with network.open("wb") as opened:
        opened.truncate(2 * 10**9)
    assert patient.worst("leftovers").state == "ok"
    old = time.time() - 40 * 86400
    os.utime(network, (old, old))
    seen = patient.worst("leftovers")
    assert (seen.state, "2 GB" in seen.sentence) == ("warning", True)
    patient.types(seen.fix, store=False)
    assert patient.worst("leftovers").state == "ok"


def test_a_training_that_was_killed_is_named_with_how_it_goes_on(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    store: TrackingStore = recording_store(patient.installation().config)
    run = store.start_run("cells")
    run.folder.mkdir(parents=True, exist_ok=True)
    store.client.set_tag(run.run_id, PID, "999999999")
    assert patient.worst("tracking").state == "ok"
    seen = patient.worst("interrupted")
    assert (seen.state, seen.fix) == ("warning", f"assay train resume={run.run_id}")
    others = [store.start_run(f"more {number}") for number in range(4)]
    for each in others:
        each.folder.mkdir(parents=True, exist_ok=True)
        store.client.set_tag(each.run_id, PID, "999999999")
    last = patient.says("interrupted")[-1]
    assert "2 more trainings" in last.sentence
    patient.types(last.fix, store=False)
    printed = capsys.readouterr().out
    assert all(each.run_id[:8] in printed for each in (run, *others))


def test_a_service_that_does_not_answer_is_broken(patient: Patient) -> None:
    seen = patient.worst("service", address="http://127.0.0.1:9")
    assert (seen.state, "does not answer" in seen.sentence) == ("broken", True)


@pytest.mark.slow
def test_a_service_that_answers_is_ready_and_says_the_time(patient: Patient, tiny_bundle, tmp_path: Path) -> None:
    from assay.serving.engine import Engine
    from assay.serving.origin import Origin
    from running_service import Running

    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world", Engine.start(tiny_bundle(), Origin("tiny", "tiny", "3")))
    running = Running(world)
    try:
        address = f"http://127.0.0.1:{running.port}"
        assert patient.worst("service", address=address).state == "ok"
        seen = [each.sentence for each in patient.says("clock", address=address)]
        assert f"{address}/v1/health/live agrees with this machine's clock" in seen
    finally:
        running.close()
