"""The service's database: made whole, written by one thread, durable when the future is done."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from assay.database.url import sqlite_file
from assay.errors import ServiceError
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject, subjects
from assay.store.tables import METADATA


def test_the_migrations_leave_the_tables_that_the_code_declares(store):
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_what_is_written_is_there_when_it_is_opened_again(url):
    with ServiceStore(url) as store:
        made = store.write(lambda connection: add_subject(connection, "Ada"))
    with ServiceStore(url) as store, store.reading() as connection:
        assert subjects(connection) == [made]


def test_works_that_wait_are_committed_together_and_each_stands_or_falls_by_itself(store):
    hold, begun = threading.Event(), threading.Event()

    def first(connection):
        begun.set()
        hold.wait(60)

    def wrong(connection):
        add_subject(connection, "nobody")
        raise KeyError("mine")

    waiting = [store.submit(first)]
    begun.wait(60)
    waiting += [store.submit(lambda connection, n=n: add_subject(connection, f"s{n}")) for n in range(30)]
    failing = store.submit(wrong)
    broken = store.submit(lambda connection: connection.execute(text("INSERT INTO subjects (id) VALUES ('x')")))
    last = store.submit(lambda connection: add_subject(connection, "last"))
    hold.set()
    for future in [*waiting, last]:
        future.result(60)
    with pytest.raises(KeyError, match="mine"):
        failing.result(60)
    with pytest.raises(ServiceError, match="cannot be written"):
        broken.result(60)
    with store.reading() as connection:
        assert [each.name for each in subjects(connection)] == [*(f"s{n}" for n in range(30)), "last"]


def test_a_closed_store_takes_nothing_more_and_has_written_what_it_took(url):
    store = ServiceStore(url)
    futures = [store.submit(lambda connection: add_subject(connection, "x")) for _ in range(100)]
    store.close()
    assert all(future.done() for future in futures)
    with pytest.raises(ServiceError, match="closed"):
        store.submit(lambda connection: None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_every_row_whose_future_was_done_survives_a_kill(tmp_path):
    url, told = f"sqlite:///{tmp_path}/service.db", tmp_path / "told"
    ServiceStore(url).close()
    child = os.fork()
    if child == 0:
        with ServiceStore(url) as store, told.open("w") as file:
            while True:
                file.write(store.write(lambda connection: add_subject(connection, "x")).id + "\n")
                file.flush()
    while not told.exists() or told.stat().st_size < 4000:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    heard = told.read_text().splitlines()
    with ServiceStore(url) as store, store.reading() as connection:
        there = {each.id for each in subjects(connection)}
    assert {line for line in heard if len(line) == 36} <= there


def test_a_kill_while_the_tables_are_made_leaves_the_place_empty(tmp_path, monkeypatch):
    from assay.store.migrations import migrate

    url, file = f"sqlite:///{tmp_path}/service.db", tmp_path / "service.db"
    real = Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, target: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        migrate.ensure_tables(url)
    assert not file.exists()
    monkeypatch.setattr(Path, "replace", real)
    ServiceStore(url).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, "keys and names are nobody else's"


def test_tables_of_a_newer_version_and_of_something_else_are_left_alone(tmp_path):
    url = f"sqlite:///{tmp_path}/service.db"
    ServiceStore(url).close()
    with sqlite3.connect(sqlite_file(url)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ServiceError, match="newer version of Assay"):
        ServiceStore(url)
    with sqlite3.connect(tmp_path / "mlflow.db") as opened:
        opened.execute("CREATE TABLE runs (x)")
    with pytest.raises(ServiceError, match=r"holds (other tables|tables of something else)"):
        ServiceStore(f"sqlite:///{tmp_path}/mlflow.db")


@pytest.mark.parametrize("url", ["mysql://a@b/c", "nonsense", "sqlite:////proc/nowhere/service.db"])
def test_what_cannot_hold_the_rows_is_refused_in_a_sentence(url):
    with pytest.raises(ServiceError):
        ServiceStore(url)


def test_an_error_without_words_is_an_error_with_the_name_of_the_database(store, tmp_path, monkeypatch):
    def wordless(*arguments: object) -> None:
        raise SQLAlchemyError

    with pytest.raises(ServiceError, match="cannot be written"):
        store.submit(wordless).result(60)
    with pytest.raises(ServiceError, match="cannot be read"), store.reading():
        wordless()
    monkeypatch.setattr("assay.store.migrations.migrate._upgrade", wordless)
    with pytest.raises(ServiceError, match=r"other\.db: the service's database cannot be opened .*store="):
        ServiceStore(f"sqlite:///{tmp_path}/other.db")


def test_a_place_where_no_database_can_be_made_is_named_at_once() -> None:
    with pytest.raises(ServiceError, match=r"/proc/x: the service's database cannot be opened \(.*store="):
        ServiceStore("sqlite:////proc/x")
