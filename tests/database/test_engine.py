from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from assay.database.engine import open_engine
from assay.errors import TrackingError


def test_an_engine_waits_for_another_writer_and_keeps_no_connection(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 60_000
        held = connection.connection.dbapi_connection
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection is not held


def test_an_engine_reaches_a_server_by_the_driver_that_is_installed(postgresql: str) -> None:
    engine = open_engine(postgresql)
    assert engine.driver == "psycopg"
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 40 + 2")) == 42


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "mysql://me:secret@h/x",
            r"mysql://me:\*\*\*@h/x: the driver of this database is missing .*pip install pymysql",
        ),
        ("postgresql+asyncpg://me:secret@h/x", r"missing .*asyncpg.*pip install .*psycopg"),
        ("oracle+none://me:secret@h/x", "missing .*or use SQLite, PostgreSQL or MySQL"),
    ],
)
def test_a_missing_driver_is_an_error_that_says_what_to_install(url: str, message: str) -> None:
    with pytest.raises(TrackingError, match=message) as caught:
        open_engine(url)
    assert "secret" not in str(caught.value)
