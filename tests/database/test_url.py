from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from assay.config.compose import compose
from assay.database.url import (
    absolute_url,
    database_kind,
    server_address,
    sqlite_file,
    sqlite_url,
    with_driver,
    without_password,
)
from assay.errors import TrackingError

SERVERS = [
    "postgresql://me:secret@db:5432/x",
    "postgresql+psycopg://me@db/x?sslmode=require",
    "postgresql://db",
    "postgresql://[::1]:5433/x",
    "postgresql://me:secret@[fe80::1]/x",
    "mysql+pymysql://me:secret@db.example.org:3307/x",
    "postgresql://me:sec/ret@db:5432/x",
    "postgresql://me:secret?@db:5432/x",
    "postgresql://me:sec[ret@db:5432/x",
    "mysql://:secret@db/x",
    "mssql+pyodbc://me:secret@db/x?driver=ODBC+Driver+18",
]


@pytest.mark.parametrize("url", SERVERS)
def test_kind_and_address_are_those_that_sqlalchemy_reads(url: str) -> None:
    read = make_url(url)
    assert database_kind(url) == read.get_backend_name()
    default = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}[read.get_backend_name()]
    assert server_address(url) == (read.host, read.port or default)


@pytest.mark.parametrize("url", [*SERVERS, "postgresql://me:sec@ret@db/x", "postgresql://db/x?user=me&password=secret"])
def test_a_password_that_sqlalchemy_reads_is_never_shown(url: str) -> None:
    read = make_url(url)
    password = read.password or read.query.get("password")
    shown = without_password(url)
    if password is None:
        assert shown == url
        return
    assert "***" in shown
    assert all(part not in shown for part in ("secret", "ret@", str(password)))


def test_a_password_is_hidden_wherever_it_stands_and_nothing_else_is() -> None:
    assert without_password("postgresql://me:secret@db:5432/x") == "postgresql://me:***@db:5432/x"
    assert without_password("http://host:5000/a@b") == "http://host:5000/a@b"
    assert without_password("tracking.uri=http://me:secret@host:5000") == "tracking.uri=http://me:***@host:5000"
    assert without_password("x=postgresql://me:a@h/d y=c@d") == "x=postgresql://me:***@h/d y=c@d"
    assert without_password("postgres://h/d?sslpassword=a&user=b") == "postgres://h/d?sslpassword=***&user=b"
    assert without_password("data.root=/a/b:c@d") == "data.root=/a/b:c@d"


@pytest.mark.parametrize("url", ["sqlite:///a/b.db", "sqlite:////a/b.db", "sqlite+pysqlite:///b.db?timeout=5"])
def test_the_file_is_the_one_that_sqlalchemy_opens(url: str) -> None:
    assert str(sqlite_file(url)) == make_url(url).database


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://h/x.db", "http://h/x.db", "x.db"])
def test_what_is_no_sqlite_file_has_none(url: str) -> None:
    assert sqlite_file(url) is None


def test_a_relative_file_is_taken_from_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute_url("sqlite:///a/b.db", key="k") == f"sqlite:///{tmp_path}/a/b.db" == sqlite_url(Path("a/b.db"))
    assert absolute_url("sqlite:///b.db?timeout=5", key="k") == f"sqlite:///{tmp_path}/b.db?timeout=5"
    assert absolute_url("postgresql://me:pw@h:1/x", key="k") == "postgresql://me:pw@h:1/x"


def test_home_is_meant_by_its_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert absolute_url("sqlite:///~/my runs/a.db", key="tracking.uri") == f"sqlite:///{tmp_path}/my runs/a.db"
    monkeypatch.chdir(tmp_path)
    assert absolute_url("sqlite:///~runs/a.db", key="tracking.uri") == f"sqlite:///{tmp_path}/~runs/a.db"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "registry.history=sqlite://: a store in memory is gone when the command ends"),
        ("sqlite:///:memory:", "a store in memory is gone"),
        ("sqlite:mlflow.db", "three slashes come before a file; type 'registry.history=\"sqlite:///mlflow.db\"'$"),
        ("sqlite://mlflow.db", "type 'registry.history=\"sqlite:///mlflow.db\"'$"),
        ("sqlite:/srv/my runs.db", "type 'registry.history=\"sqlite:////srv/my runs.db\"'$"),
        ("oracle://me:secret@h/x", r"registry.history=oracle://me:\*\*\*@h/x: unknown kind oracle"),
        ("mlruns", "unknown kind"),
        ("postgresql:///x", "the host is missing; write postgresql://HOST:PORT"),
    ],
)
def test_what_outlives_no_command_or_has_no_server_is_refused(url: str, message: str) -> None:
    with pytest.raises(TrackingError, match=message) as caught:
        absolute_url(url, key="registry.history")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite:mlflow.db", "sqlite:/srv/my runs.db", "sqlite://C:/it's.db"])
def test_what_it_says_to_type_is_taken(url: str) -> None:
    with pytest.raises(TrackingError) as refused:
        absolute_url(url, key="registry.history")
    (word,) = shlex.split(str(refused.value).partition("; type ")[2])
    taken = compose([word]).registry.history
    assert absolute_url(taken, key="registry.history").startswith("sqlite:////")


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        ("postgresql://me@host/db", "postgresql+psycopg://me@host/db"),
        ("postgres://me@host/db", "postgresql+psycopg://me@host/db"),
        ("postgresql+psycopg://me@host/db", "postgresql+psycopg://me@host/db"),
        ("postgresql+asyncpg://me@host/db", "postgresql+asyncpg://me@host/db"),
        ("mysql://me@host/db", "mysql://me@host/db"),
        ("sqlite:///a.db", "sqlite:///a.db"),
    ],
)
def test_a_url_without_a_driver_gets_the_one_that_is_installed(url: str, becomes: str) -> None:
    assert with_driver(url) == becomes


def test_drivers_that_somebody_has_installed_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "pymysql.py").touch()
    assert with_driver("mysql://me@host/db") == "mysql+pymysql://me@host/db"
    (tmp_path / "psycopg2.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))  # makes Python look at the folder again
    assert with_driver("postgres://me@host/db") == "postgresql://me@host/db"


@pytest.mark.parametrize("url", ["sqlite:///x.db/", "sqlite:////srv/x.db/?timeout=5"])
def test_a_sqlite_url_that_ends_in_a_slash_names_no_database(url: str) -> None:
    with pytest.raises(TrackingError, match=r"^tracking\.uri=sqlite:///.* sqlite:///mlruns/mlflow\.db$"):
        absolute_url(url, key="tracking.uri")
