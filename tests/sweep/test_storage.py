from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from sqlalchemy.exc import OperationalError

from assay.database.url import sqlite_url
from assay.errors import ConfigError, TrackingError
from assay.sweep.storage import JOURNAL, open_storage


def test_a_second_sweep_on_a_sqlite_file_is_told_which_process_is_the_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    with (
        open_storage(url, tmp_path),
        pytest.raises(ConfigError, match=f"another sweep works on this file .process {os.getpid()} on "),
    ):
        open_storage(url, tmp_path).__enter__()


def test_what_goes_wrong_during_a_sweep_on_a_sqlite_file_is_not_taken_for_a_second_sweep(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="the server is gone"), open_storage(f"sqlite:///{tmp_path}/a.db", tmp_path):
        raise TrackingError("the server is gone")


def test_tables_of_a_sweep_that_were_not_made_whole_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optuna.storages._rdb import storage

    file = tmp_path / "my%20study.db"
    url = sqlite_url(file)

    def fail(*_: object) -> None:
        raise OperationalError("the disk is full", None, Exception())

    with monkeypatch.context() as patched:
        patched.setattr(storage._VersionManager, "_set_alembic_revision", fail)
        with pytest.raises(ConfigError, match="cannot be opened"), open_storage(url, tmp_path):
            pass
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []
    with open_storage(url, tmp_path) as opened:
        assert optuna.create_study(study_name="s", storage=opened).trials == []
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == [file.name]


WRITE = """
import sys
from pathlib import Path
import optuna
from assay.sweep.storage import open_storage
with open_storage(None, Path(sys.argv[1])) as storage:
    study = optuna.create_study(study_name="s", storage=storage, load_if_exists=True)
    for _ in range(20):
        study.tell(study.ask(), 1.0)
"""


def test_processes_that_write_one_journal_lose_no_trial_and_number_none_twice(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(tmp_path)], stderr=subprocess.DEVNULL) for _ in range(2)
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    with open_storage(None, tmp_path) as storage:
        trials = optuna.load_study(study_name="s", storage=storage).trials
    assert [trial.number for trial in trials] == list(range(40))
    assert {trial.state.name for trial in trials} == {"COMPLETE"}


def test_what_a_killed_writer_left_of_a_line_is_cut_off(tmp_path: Path) -> None:
    with open_storage(None, tmp_path) as storage:
        optuna.create_study(study_name="s", storage=storage)
    whole = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(whole + b'{"op_code": 4')
    with open_storage(None, tmp_path) as storage:
        assert [study.study_name for study in optuna.get_all_study_summaries(storage)] == ["s"]
    assert (tmp_path / JOURNAL).read_bytes() == whole
