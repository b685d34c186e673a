from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from assay.database.url import with_driver
from assay.errors import ChampionChanged, GateError, TrackingError
from assay.registry.history import chain_findings
from assay.registry.ledger import BusyError, Ledger, history_url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/history.db"
    server = with_driver(request.getfixturevalue("postgresql"))
    name = f"ledger_{abs(hash(tmp_path))}"
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    return f"{server.rpartition('/')[0]}/{name}"


def at_once(work: Callable[[int], object], times: int) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_many_that_saw_the_same_champion_one_moves_it_without_any_lock(url: str) -> None:
    won, lost = [], []

    def move(number: int) -> None:
        try:
            won.append(Ledger(url).append("m", "promotion", "Ada", {"champion": {"version": str(number)}}, seen=0))
        except ChampionChanged as error:
            lost.append(error)

    at_once(move, 6)
    assert (len(won), len(lost)) == (1, 5)
    assert Ledger(url).entries("m") == won


def test_mere_verdicts_that_come_between_keep_nobody_from_anything(url: str) -> None:
    at_once(lambda number: [Ledger(url).append("m", "verdict", "Ada", {"n": number}) for _ in range(3)], 4)
    Ledger(url).append("m", "promotion", "Ada", {"champion": {"version": "1"}}, seen=0)
    entries = Ledger(url).entries("m")
    assert [entry.number for entry in entries] == list(range(1, 14))
    assert chain_findings(entries) == []


def test_one_process_at_a_time_holds_a_model_and_other_models_are_free(url: str) -> None:
    one, other = Ledger(url), Ledger(url)
    with one.alone("m"):
        one.append("m", "verdict", "Ada", {})
        with (
            pytest.raises(BusyError, match=r"m: (another )?process.* is writing its registry"),
            other.alone("m", patience=0),
        ):
            pass
        other.append("m", "verdict", "Ada", {})
    with other.alone("m", patience=0):
        pass
    assert len(other.entries("m")) == 2


def test_histories_of_models_are_apart(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/deeper/history.db")
    ledger.append("b", "verdict", "Ada", {})
    ledger.append("a", "promotion", "Ada", {}, seen=0)
    assert [entry.number for entry in ledger.entries("a")] == [1]
    assert ledger.models() == ["a", "b"]


def test_what_is_no_json_is_not_written(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/history.db")
    with pytest.raises(GateError, match="cannot be written into the history"):
        ledger.append("m", "verdict", "Ada", {"value": float("nan")})
    assert ledger.entries("m") == []


@pytest.mark.parametrize(
    ("tracking", "history", "url"),
    [
        ("sqlite:////a/mlflow.db", None, "sqlite:////a/mlflow.db"),
        ("http://host:5000", "/a/history.db", "sqlite:////a/history.db"),
        ("http://host:5000", "sqlite:////a/history.db", "sqlite:////a/history.db"),
        ("postgresql://me@host/db", None, "postgresql+psycopg://me@host/db"),
        ("http://host:5000", "mysql+pymysql://me@host/db", "mysql+pymysql://me@host/db"),
    ],
)
def test_the_history_lies_in_the_tracking_database_or_in_the_one_that_is_named(
    tracking: str, history: str | None, url: str
) -> None:
    assert history_url(tracking, history) == url


@pytest.mark.parametrize(
    ("tracking", "history", "said"),
    [
        ("http://me:secret@host:5000", None, r"http://me:\*\*\*@host:5000 is a tracking server.*registry.history"),
        ("http://host:5000", "http://me:secret@h", r"http://me:\*\*\*@h: the history is kept in SQLite, PostgreSQL"),
        ("mssql://me:secret@h/db", None, r"mssql://me:\*\*\*@h/db: the history is kept in SQLite"),
        ("sqlite:////a.db", "sqlite:///:memory:", "registry.history=sqlite:///:memory:: a store in memory is gone"),
    ],
)
def test_what_can_hold_no_history_is_refused_without_its_password(
    tracking: str, history: str | None, said: str
) -> None:
    with pytest.raises(GateError, match=said) as caught:
        history_url(tracking, history)
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(TrackingError, match=r"postgresql\+psycopg://me:\*\*\*@127.0.0.1:1/none") as caught:
        Ledger("postgresql+psycopg://me:secret@127.0.0.1:1/none").entries("m")
    assert "secret" not in str(caught.value)
    assert "the history store does not answer" in str(caught.value)
    assert str(caught.value).endswith("Start it or correct registry.history")
