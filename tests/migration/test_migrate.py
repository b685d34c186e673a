"""Sweeps and services that lay in SQLite files lie in PostgreSQL, value for value, or not at all."""

from __future__ import annotations

import json
import shlex
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import optuna
import psycopg
import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from assay.config.compose import conf_dir
from assay.database.locks import file_lock
from assay.database.url import with_driver
from assay.store.service_store import ServiceStore
from assay.sweep.search_space import read_space
from assay.sweep.settings import SweepSettings, read_settings
from assay.sweep.study import open_study
from moved_rows import in_postgresql, in_sqlite

pytestmark = pytest.mark.slow
Asked = Callable[..., str]
OWN = {"alembic_version", "assay_moved", "version_info"}


def same(file: Path, url: str, schema: str) -> None:
    """The tables of a file and of a schema hold the same rows."""
    there, here = in_sqlite(file), in_postgresql(url, schema)
    assert set(there) - OWN == set(here) - OWN
    for name in set(there) - OWN:
        assert here[name] == there[name], name


def test_sweeps_and_service_move_value_for_value_and_the_files_stay(
    database: str, asked: Asked, service: Path, studies: Path
) -> None:
    before = service.read_bytes(), studies.read_bytes()
    said = asked("migrate", f"to={database}", "studies=sweeps.db")
    assert (service.read_bytes(), studies.read_bytes()) == before
    same(studies, database, "assay_studies")
    same(service, database, "assay_service")
    with closing(sqlite3.connect(service)) as connection:
        (head,) = connection.execute("SELECT number || ':' || hash FROM audit_trail ORDER BY number DESC").fetchone()
    assert f"audit trail: 12 lines, holds as before, head {head}" in said
    assert "not moved" in said, "there are no runs"
    again = json.loads(asked("migrate", f"to={database}", "studies=sweeps.db", "format=json"))
    assert [part["part"] for part in again["parts"]] == ["studies", "service"]
    assert all(part["moved_before"] for part in again["parts"])
    assert again["parts"][1]["tables"]["predictions"] == {"sqlite": 10, "postgresql": 10}
    sweeps, rows = (
        [shlex.split(word.replace("***", "hush"))[0] for word in part["settings"]] for part in again["parts"]
    )
    verified = asked("audit-trail", "verify", rows[0])
    assert head in verified
    assert "it holds" in verified
    storage = OverridesParser.create().parse_override(sweeps[0])
    assert storage.key_or_group == "hydra.sweeper.storage"
    assert optuna.get_all_study_names(str(storage.value())) == ["one", "two"]


def test_a_study_that_was_moved_is_the_same_to_optuna_and_goes_on(
    database: str, asked: Asked, studies: Path, tmp_path: Path
) -> None:
    asked("migrate", f"to={database}", "only=studies", "studies=sweeps.db")
    for name in ("one", "two"):
        there, here = (
            optuna.load_study(study_name=name, storage=url) for url in (f"sqlite:///{studies}", with_driver(database))
        )
        assert [str(trial) for trial in here.trials] == [str(trial) for trial in there.trials]
        assert here.user_attrs == there.user_attrs == {"ünï": {"a": [1, None, 0.1]}}
    begun, space = (
        configured(storage=f"sqlite:///{tmp_path}/own.db", n_trials=4),
        read_space(["optimizer.lr=choice(1,2,3,4)"]),
    )
    with open_study("s", space, begun, tmp_path / "sweep") as study:
        trial = study.next_trial()
        assert trial is not None
        study.succeeded(trial, [0.5])
    other = f"{database}_own"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {other.rpartition('/')[2]}")
    asked("migrate", f"to={other}", "only=studies", "studies=own.db")
    with open_study("s", space, configured(storage=other, n_trials=4), tmp_path / "sweep") as study:
        assert study.left() == 3
        trial = study.next_trial()
        assert trial is not None
        assert trial.number == 1
        study.succeeded(trial, [0.25])
        assert [each.value for each in study.trials()] == [0.5, 0.25]


def test_a_move_that_is_killed_leaves_nothing_there_and_the_next_one_moves_all(
    database: str, asked: Asked, service: Path
) -> None:
    before = in_sqlite(service)
    for killed_at in ("note_moved", "ensure_empty"):
        script = (
            "import os, signal\nfrom assay.migration import migrate\nfrom assay.cli import main\n"
            f"migrate.{killed_at} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
            f"main(['migrate', 'to={database}', 'only=service'])"
        )
        ended = subprocess.run([sys.executable, "-c", script], cwd=service.parent.parent, capture_output=True)
        assert ended.returncode == -signal.SIGKILL
        assert not any(rows for name, rows in in_postgresql(database).items() if name == "predictions")
        assert in_sqlite(service) == before
    asked("migrate", f"to={database}", "only=service")
    same(service, database, "public")


def test_a_database_that_holds_rows_is_not_mixed_with_others(database: str, asked: Asked, service: Path) -> None:
    ServiceStore(database).close()
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO subjects VALUES ('s', 'Eve', '2026', '')")
    said = asked("migrate", f"to={database}", "only=service", code=1)
    assert "its table subjects holds rows already" in said
    assert "createdb DATABASE makes one" in said
    assert in_postgresql(database)["predictions"].total() == 0
    said = asked("migrate", f"to={database}", "only=studies", f"studies={_study(service.parent)}", code=1)
    assert "holds tables of something else, or of another version of Optuna" in said


def configured(**others: object) -> SweepSettings:
    """Settings of a random search."""
    files = [conf_dir() / "hydra" / "sweeper" / name for name in ("sampler/random.yaml", "pruner/none.yaml")]
    sampler, pruner = (yaml.safe_load(file.read_text()) for file in files)
    return read_settings({"sampler": sampler, "pruner": pruner, **others})


def _study(folder: Path) -> Path:
    optuna.create_study(storage=f"sqlite:///{folder}/s.db", study_name="s")
    return folder / "s.db"


def test_what_was_recorded_after_a_move_is_not_taken_for_moved(database: str, asked: Asked, service: Path) -> None:
    asked("migrate", f"to={database}", "only=service")
    with closing(sqlite3.connect(service)) as connection, connection:
        connection.execute("UPDATE predictions SET confidence = 0.25 WHERE rowid = 3")
    said = asked("migrate", f"to={database}", "only=service", code=1)
    assert "its table predictions has changed since (10 rows, 10 were moved)" in said
    service.rename(service.with_name("other.db"))
    said = asked("migrate", f"to={database}", "only=service", "store=mlruns/other.db", code=1)
    assert f"holds what was moved from {service}" in said


def test_whoever_is_at_work_in_a_file_is_waited_for(
    database: str, asked: Asked, service: Path, studies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.migration.source.PATIENCE", 0.1)
    monkeypatch.setattr("assay.database.reachable.PATIENCE", 0.1)
    (service.parent / "service-jobs").mkdir()
    held = {
        "only=service": service.parent / "service-jobs" / ".lock",  # of a service that answers
        "only=studies": studies.with_name(".sweeps.db.sweep.lock"),
    }
    for part, lock in held.items():
        with file_lock(lock):
            assert "is at work in it; wait until that has ended" in asked(
                "migrate", f"to={database}", part, "studies=sweeps.db", code=1
            )
    with closing(sqlite3.connect(service, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert "is locked by another process" in asked("migrate", f"to={database}", "only=service", code=1)
    assert in_postgresql(database) == {}


def test_while_a_file_is_moved_nobody_writes_it(
    database: str, asked: Asked, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []

    def write(*_: object) -> None:
        with closing(sqlite3.connect(service, timeout=0)) as connection:
            try:
                connection.execute("DELETE FROM predictions")
            except sqlite3.OperationalError as error:
                refused.append(str(error))

    monkeypatch.setattr("assay.migration.migrate.set_sequences", write)
    asked("migrate", f"to={database}", "only=service")
    assert set(refused) == {"database is locked"}


def test_a_trail_that_does_not_hold_is_not_moved(database: str, asked: Asked, service: Path) -> None:
    with closing(sqlite3.connect(service)) as connection, connection:
        connection.execute("UPDATE audit_trail SET kind = 'nothing' WHERE number = 3")
    _study(service.parent)
    said = asked("migrate", f"to={database}", "studies=mlruns/s.db", code=1)
    assert "In PostgreSQL already: studies; the same command goes on from there" in said
    assert in_postgresql(database, "assay_studies")["studies"].total() == 1
    said = asked("migrate", f"to={database}", "only=service", code=1)
    assert "the audit trail does not hold (entry 3 was changed" in said
    assert "see assay history --verify, or assay audit-trail verify" in said
    assert "entry 3 was changed" in asked("audit-trail", "verify", code=1)
    assert in_postgresql(database) == {}


def test_what_postgresql_does_not_take_is_named_and_nothing_is_moved(
    database: str, asked: Asked, service: Path
) -> None:
    with closing(sqlite3.connect(service)) as connection, connection:
        connection.execute("UPDATE predictions SET label = 'a' || char(0) || 'b' WHERE rowid = 2")
    said = asked("migrate", f"to={database}", "only=service", code=1)
    assert "table predictions holds what PostgreSQL does not take" in said
    assert "NUL" in said
    assert in_postgresql(database)["subjects"].total() == 0
    with closing(sqlite3.connect(service)) as connection, connection:
        connection.execute("UPDATE predictions SET label = 'a', subject = 'nobody' WHERE rowid = 2")
    said = asked("migrate", f"to={database}", "only=service", code=1)
    assert "violates foreign key" in said
    assert in_postgresql(database)["subjects"].total() == 0


def test_a_value_that_differs_afterwards_undoes_the_move(
    database: str, asked: Asked, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(connection, table) -> None:
        if table.name == "predictions":
            connection.exec_driver_sql("UPDATE predictions SET total_ms = 0.5 WHERE trail = 9")

    monkeypatch.setattr("assay.migration.migrate.set_sequences", spoil)
    said = asked("migrate", f"to={database}", "only=service", code=1)
    assert "table predictions does not hold what" in said
    assert in_postgresql(database)["predictions"].total() == 0


def test_tables_of_an_earlier_version_are_brought_up_to_date_by_the_command_that_is_named(
    database: str, asked: Asked, tmp_path: Path
) -> None:
    from alembic import command

    from assay.store.engine import service_engine
    from assay.store.migrations.migrate import _config

    (tmp_path / "mlruns").mkdir()
    engine = service_engine(f"sqlite:///{tmp_path}/mlruns/service.db")
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0015")
    engine.dispose()
    said = asked("migrate", f"to={database}", "only=service", code=1)
    assert "of an earlier version of the service (0015)" in said
    asked(*shlex.split(said[said.index("assay keys list") :].splitlines()[0])[1:])
    asked("migrate", f"to={database}", "only=service")

    study = _study(tmp_path)
    with closing(sqlite3.connect(study)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v3.0.0.d'")
    said = asked("migrate", f"to={database}", "only=studies", f"studies={study}", code=1)
    assert "of an earlier version of Optuna (v3.0.0.d)" in said
    remedy = shlex.split(said[said.index("optuna storage") :].splitlines()[0])
    subprocess.run([Path(sys.executable).with_name("optuna"), *remedy[1:]], check=True, capture_output=True)
    said = asked("migrate", f"to={database}", "only=studies", f"studies={study}", code=1)
    assert "holds tables of something else" in said  # those of the service
    with closing(sqlite3.connect(study)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v9.9.9.a'")
    said = asked("migrate", f"to={database}", "only=studies", f"studies={study}", code=1)
    assert "of a newer version of Optuna (v9.9.9.a) than the one that is installed" in said


def test_rows_pass_by_in_portions(database: str, asked: Asked, service: Path) -> None:
    rows, characters = 8000, 8000
    with closing(sqlite3.connect(service)) as connection, connection:
        for name in ("audit_personal", "audit_trail", "predictions"):
            connection.execute(f"DELETE FROM {name}")
        connection.execute("UPDATE audit_head SET number = 0, hash = ?", ["0" * 64])
        (owner,) = connection.execute("SELECT id FROM subjects").fetchone()
        tombstones = ((f"{number:064}", "2026") for number in range(5))
        connection.executemany("INSERT INTO tombstones VALUES (?, ?)", tombstones)
        long = ((f"{number:036}", owner, f"{number:064}", "x" * characters, "2026") for number in range(rows))
        connection.executemany(
            "INSERT INTO idempotency (mark, subject, body, response, time) VALUES (?, ?, ?, ?, ?)", long
        )
    tracemalloc.start()
    try:
        asked("migrate", f"to={database}", "only=service")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < rows * characters / 2
    same(service, database, "public")


def test_a_url_with_options_takes_each_part_alone(database: str, asked: Asked, service: Path, studies: Path) -> None:
    url = f"{database}?options=-cstatement_timeout%3D60000"
    said = asked("migrate", f"to={url}", "studies=sweeps.db", code=1)
    assert "with only=tracking, only=studies and only=service, each to a database of its own" in said
    said = asked("migrate", f"to={url}", "only=service")
    assert "/service.db moved" in said
    same(service, database, "public")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["to=sqlite:///here.db"], "is no PostgreSQL database; name one: to=postgresql://USER@HOST/DATABASE"),
        (["to=postgresql:///lab"], "the host is missing"),
        (["to=postgresql://assay:hush@127.0.0.1:1/lab"], "there is nothing to move"),
        (["to=postgresql://assay:hush@127.0.0.1:1/lab", "only=studies"], "no file of theirs was named (studies=FILE)"),
        (["to=postgresql://assay:hush@127.0.0.1:1/lab", "only=service"], "no service has kept anything"),
    ],
)
def test_what_cannot_be_moved_says_why(words: list[str], error: str, asked: Asked) -> None:
    assert error in asked("migrate", *words, code=1)


def test_a_server_that_does_not_answer_is_named_without_its_password(asked: Asked, service: Path) -> None:
    said = asked("migrate", "to=postgresql://assay:hush@127.0.0.1:1/lab", code=1)
    assert "postgresql://assay:***@127.0.0.1:1/lab: the PostgreSQL store does not answer" in said


def test_a_database_that_is_not_there_is_named(database: str, asked: Asked, service: Path) -> None:
    said = asked("migrate", f"to={database}_none", code=1)
    assert "does not exist" in said
    assert "createdb DATABASE makes it" in said
