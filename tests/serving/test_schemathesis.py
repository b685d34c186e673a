"""A small version of `experiments/serving/contract.py`: drawn requests find no fault, and nothing undocumented."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assay.serving.engine import Engine
from assay.serving.origin import Origin
from running_service import Running
from serving_world import World

ROOT = Path(__file__).parents[2]
HERE = ROOT / "experiments" / "serving" / "contract"
PROGRAM = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason="schemathesis is not installed")]


@pytest.fixture
def running(tmp_path: Path, engine: Engine) -> Iterator[Running]:
    named = replace(engine, origin=Origin("stones", "stones", "1"))
    world = World(
        tmp_path, named, per_minute=1_000_000, per_day=1_000_000, open_jobs=1000, fetch=False, deadline_ms=120_000
    )
    made = Running(world)
    yield made
    made.close()
    world.close()


@pytest.mark.parametrize(("scope", "phases"), [("classify", "examples,coverage,stateful"), ("", "coverage")])
def test_whatever_is_sent_is_answered_as_the_document_says(
    running: Running, tmp_path: Path, scope: str, phases: str
) -> None:
    report = tmp_path / "report.json"
    command = [str(PROGRAM), "run", str(ROOT / "docs" / "openapi.json"), "--url", f"http://127.0.0.1:{running.port}"]
    command += [
        "--report",
        "json",
        "--report-json-path",
        str(report),
        "--generation-database",
        "none",
        "--request-timeout",
        "120",
    ]
    command += ["--max-examples", "3", "--seed", "1", "--no-color", "--phases", phases]
    command += ["--header", f"Authorization: Bearer {running.world.keys[scope]}"] if scope else []
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(command, cwd=HERE, env=apart, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    document = json.loads(report.read_text())
    assert document["complete"]
    assert document["operations"]["tested"] == document["operations"]["total"] > 20
