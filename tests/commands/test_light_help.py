"""What help costs: no library that computes or records is imported to print a page of text."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from assay.cli import COMMANDS

HEAVY = ("torch", "timm", "mlflow", "pandas", "numpy", "scipy", "sklearn", "matplotlib", "PIL", "sqlalchemy", "optuna")


def modules_after(*words: str) -> list[str]:
    """Heavy modules that a command has imported when it ends."""
    code = (
        "import atexit, json, sys\n"
        f"atexit.register(lambda: print('\\n' + json.dumps([name for name in {HEAVY!r} if name in sys.modules])))\n"
        f"from assay.cli import main; main({list(words)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_nothing_heavy(command: str) -> None:
    assert modules_after(command, "--help") == []


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"exposr"}))
def test_a_wrong_word_is_refused_before_anything_heavy_is_imported(command: str) -> None:
    assert modules_after(command, "nonsense=1") == []
