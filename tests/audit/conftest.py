from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.cli import main


@pytest.fixture
def assay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command in an empty folder, which must end with `code`; gives stdout, and stderr where it failed."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> str:
        ended = 0
        try:
            main(list(words))
        except SystemExit as stopped:
            ended = int(stopped.code or 0)
        out, err = capsys.readouterr()
        assert ended == code, out + err
        return out + err if code else out

    return run
