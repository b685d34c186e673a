from __future__ import annotations

import hashlib
import subprocess
import sys
import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DataError

from assay.database.engine import open_engine
from assay.database.locks import LockHeldError
from assay.database.server_lock import server_lock
from assay.database.url import with_driver

HOLD = """
import sys, time
from assay.database.engine import open_engine
from assay.database.server_lock import server_lock
with server_lock(open_engine(sys.argv[1]), ["a", "b"]):
    print("held", flush=True)
    time.sleep(600)
"""


def test_one_holds_a_name_until_it_is_killed_and_other_names_are_free(postgresql: str) -> None:
    engine = open_engine(postgresql)
    process = subprocess.Popen([sys.executable, "-c", HOLD, postgresql], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LockHeldError, match=r"a: b: another process holds this lock .* within 0 s"):
            server_lock(engine, ["a", "b"], patience=0).__enter__()
        with server_lock(engine, ["a", "c"], patience=0):
            pass
    finally:
        process.kill()
        process.communicate()
    with server_lock(engine, ["a", "b"], patience=60):
        pass


def test_who_waits_without_an_end_comes_in_when_the_holder_goes(postgresql: str) -> None:
    engine, came = open_engine(postgresql), threading.Event()

    def wait() -> None:
        with server_lock(engine, ["wait"]):
            came.set()

    with server_lock(engine, ["wait"]) as connection:
        waiting = threading.Thread(target=wait)
        waiting.start()
        asked = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not connection.scalar(asked):
            connection.rollback()
        assert not came.is_set()
    waiting.join()
    assert came.is_set()


@pytest.mark.parametrize("name", [["assay sweep", "s"], ["assay registry", "cell grades"]])
def test_the_key_is_the_one_that_an_assay_of_before_holds(postgresql: str, name: list[str]) -> None:
    key = int(hashlib.sha256(f'["{name[0]}","{name[1]}"]'.encode()).hexdigest()[:15], 16)
    with create_engine(with_driver(postgresql)).connect() as before:
        assert before.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        with pytest.raises(LockHeldError):
            server_lock(open_engine(postgresql), name, patience=0).__enter__()


def test_a_connection_that_a_pool_keeps_holds_nothing_afterwards_even_where_a_statement_failed(postgresql: str) -> None:
    pooled = create_engine(with_driver(postgresql), pool_size=1)
    with pytest.raises(DataError, match="division by zero"), server_lock(pooled, ["pool"]) as connection:
        connection.execute(text("SELECT 1 / 0"))
    assert pooled.pool.checkedin() == 1  # type: ignore[attr-defined]
    with server_lock(open_engine(postgresql), ["pool"], patience=0):
        pass


def test_a_lock_that_was_lost_ends_quietly(postgresql: str) -> None:
    engine = open_engine(postgresql)
    with server_lock(engine, ["lost"]) as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with server_lock(engine, ["lost"], patience=60):
        pass
