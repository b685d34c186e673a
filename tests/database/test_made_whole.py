"""A process that is killed while a database is made or migrated leaves it whole, or leaves what was there before."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, event, inspect

from assay.database.engine import open_engine
from assay.database.made_whole import create_tables, made_whole, migrate_copy
from assay.database.url import sqlite_url

STEPS = 5


def made_in_steps(file: Path) -> None:
    """Five commits, each of which makes a table with a row."""
    with closing(sqlite3.connect(file)) as connection:
        for step in range(STEPS):
            connection.execute(f"CREATE TABLE IF NOT EXISTS t{step} (a)")
            connection.execute(f"INSERT INTO t{step} VALUES (1)")
            connection.commit()
            sys.audit("commit")


def tables(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return sorted(name for (name,) in connection.execute("SELECT name FROM sqlite_master"))


def killed_at(which: int, work: Callable[[], object]) -> bool:
    """Whether a process with this work came to its commit or system call on a file number `which`, and died there."""
    child = os.fork()
    if not child:
        calls = 0

        def die(name: str, arguments: object) -> None:
            nonlocal calls
            if name in {"open", "os.rename", "os.remove", "os.link", "sqlite3.connect", "os.chmod", "commit"}:
                calls += 1
                if calls == which:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(die)
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def make(file: Path) -> None:
    with made_whole(file) as made:
        made_in_steps(made)


def test_a_kill_at_any_step_leaves_no_file_or_a_whole_one(tmp_path: Path) -> None:
    whole = [f"t{step}" for step in range(STEPS)]
    which, file = 1, tmp_path / "a.db"
    while killed_at(which, lambda: make(file)):
        if file.exists():
            assert tables(file) == whole
            file.unlink()
        which += 1
    assert which > 4
    file.unlink(missing_ok=True)
    make(file)
    assert tables(file) == whole
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    made_in_steps(file)
    with pytest.raises(IsADirectoryError), made_whole(file) as made:
        (made.write_text("half"), tmp_path.read_text())
    assert len(tables(file)) == STEPS
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def migrate(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for step in range(STEPS):
            connection.execute(f"ALTER TABLE t{step} RENAME TO u{step}")
            connection.commit()
            sys.audit("commit")


def test_a_kill_at_any_step_of_a_migration_leaves_the_old_or_the_new_and_the_old_is_kept(tmp_path: Path) -> None:
    old, new = [f"t{step}" for step in range(STEPS)], [f"u{step}" for step in range(STEPS)]
    which = 1
    while True:
        folder = tmp_path / str(which)
        folder.mkdir()
        file = folder / "a.db"
        made_in_steps(file)
        killed = killed_at(which, lambda file=file: migrate_copy(file, migrate))
        if tables(file) == old:
            migrate_copy(file, migrate)
        assert tables(file) == new
        assert tables(folder / "a.db.bak") == old
        assert sorted(path.name for path in folder.iterdir()) == ["a.db", "a.db.bak"]
        which += 1
        if not killed:
            break
    assert which > 6


def test_a_former_copy_is_never_overwritten_and_a_failed_migration_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    made_in_steps(file)
    (tmp_path / "a.db.bak").write_text("of somebody")
    before = file.read_bytes()
    with pytest.raises(sqlite3.OperationalError):
        migrate_copy(file, lambda copy: (migrate(copy), migrate(copy))[0])
    assert file.read_bytes() == before
    assert migrate_copy(file, migrate).name == "a.db.bak.2"
    assert (tmp_path / "a.db.bak").read_text() == "of somebody"


def test_what_lies_in_a_write_ahead_log_is_migrated_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.db"
    writer = sqlite3.connect(file)
    writer.execute("PRAGMA journal_mode = WAL")
    made_in_steps(file)
    writer.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("assay.database.made_whole.PATIENCE", 0.1)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        migrate_copy(file, migrate)
    writer.rollback()
    writer.close()
    migrate_copy(file, migrate)
    assert len(tables(file)) == len(tables(tmp_path / "a.db.bak")) == STEPS


def test_tables_of_a_metadata_are_all_there_or_none(tmp_path: Path) -> None:
    metadata = MetaData()
    for step in range(STEPS):
        Table(f"t{step}", metadata, Column("a", Integer, primary_key=True), Column("b", String(5)))
    file = tmp_path / "a.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE others (a)")
        connection.execute("CREATE TABLE t0 (a)")

    for statement in range(1, STEPS):
        child = os.fork()
        if not child:
            engine, seen = open_engine(sqlite_url(file)), []

            def count(*arguments: object, seen: list[str] = seen, statement: int = statement) -> None:
                seen.append(str(arguments[2]))
                if sum("CREATE TABLE" in words for words in seen) == statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(engine, "after_cursor_execute", count)
            create_tables(engine, metadata)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        assert tables(file) == ["others", "t0"]
    engine = open_engine(sqlite_url(file))
    create_tables(engine, metadata)
    create_tables(engine, metadata)
    assert sorted(inspect(engine).get_table_names()) == ["others", *(f"t{step}" for step in range(STEPS))]


@pytest.mark.slow
def test_tables_of_a_metadata_on_a_server_are_made_in_one_transaction(postgresql: str) -> None:
    metadata = MetaData()
    for step in range(STEPS):
        Table(f"whole{step}", metadata, Column("a", Integer, primary_key=True))
    engine = open_engine(postgresql)
    event.listen(metadata.tables["whole4"], "before_create", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        create_tables(engine, metadata)
    assert not [name for name in inspect(engine).get_table_names() if name.startswith("whole")]
