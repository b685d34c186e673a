"""What a version before the rebuild has recorded (see `make_records.py`), unpacked for each test in its own folder."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from finished import with_graphs

ARCHIVE = Path(__file__).with_name("records.tar.xz")
RECORDED_IN = "/tmp/assay-records"


@dataclass(frozen=True)
class Records:
    """Records of before, as they lie in a folder.

    Attributes:
        root: the working directory of the test.
        known: ids of the runs by what they are, and what they answered then.
    """

    root: Path
    known: dict[str, Any]

    def run(self, which: str) -> Path:
        """The working folder of a run."""
        return self.root / "mlruns" / "work" / self.known[which]


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("records")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(root, filter="data")
    return root


@pytest.fixture
def records(unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Records:
    root = tmp_path / "records"
    shutil.copytree(unpacked, root)
    with_graphs(root / "cache")
    _moved(root / "mlruns" / "mlflow.db", str(root))
    monkeypatch.chdir(root)
    return Records(root, json.loads((root / "records.json").read_text(encoding="utf-8")))


@pytest.fixture
def assay(records: Records, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Types a command in the folder of the records and gives what it shows; it must end well, or as is expected."""

    def typed(*words: str, code: int = 0) -> str:
        from assay.cli import main

        assert Path.cwd() == records.root
        ended = 0
        try:
            main(list(words))
        except SystemExit as stopped:
            ended = int(stopped.code or 0)
        shown = capsys.readouterr()
        assert ended == code, shown.out + shown.err
        return shown.out

    return typed


def _moved(database: Path, root: str) -> None:
    """Change the addresses of artifacts to where they lie now, and nothing else."""
    with sqlite3.connect(database) as opened:
        for table, column in (
            ("experiments", "artifact_location"),
            ("runs", "artifact_uri"),
            ("logged_models", "artifact_location"),
            ("model_versions", "storage_location"),
        ):
            opened.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (RECORDED_IN, root))
