"""Commands that only look leave an empty folder empty, and import nothing heavy to find that nothing is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, os, sys
from assay.cli import main
code = 0
try:
    main(sys.argv[1:])
except SystemExit as error:
    code = error.code
names = ("torch", "timm", "mlflow", "lightning", "scipy", "pandas", "sqlalchemy")
heavy = [name for name in names if name in sys.modules]
print(json.dumps({"code": code, "heavy": heavy, "made": os.listdir()}))
"""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("models", 0),
        ("models name=cells", 1),
        ("history name=cells --verify", 1),
        ("runs", 1),
        ("compare 3f2a 9b1c", 1),
        ("report", 1),
        ("report 3f2a", 1),
    ],
)
def test_where_nothing_was_recorded_nothing_is_made_and_nothing_heavy_imported(
    words: str, code: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words.split()], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"code": code, "heavy": [], "made": []}
    if code:
        assert "nothing was recorded here yet" in done.stderr


@pytest.mark.parametrize("module", ["registry.model_overviews", "registry.recovery", "deploy.bundle.bundle"])
def test_a_registry_is_read_without_what_trains(module: str) -> None:
    names = ("torch", "timm", "lightning", "sklearn", "onnxruntime")
    script = f"import sys, assay.{module}; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("words", ["models", "runs", "compare 3f2a 9b1c", "clean", "doctor"])
def test_where_nothing_was_recorded_it_is_said_that_mlflow_is_told_another_place(words: str, tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words.split()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MLFLOW_TRACKING_URI": "http://team:5000"},
        check=True,
    )
    said = " ".join(shown.stderr.split())
    assert said.count("MLFLOW_TRACKING_URI is not followed") == 1
    assert """type tracking=server 'tracking.uri="http://team:5000"'""" in said
    assert json.loads(shown.stdout.splitlines()[-1])["made"] == []
