"""Databases of a PostgreSQL server that hold nothing, files that are moved to them, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from assay.cli import main
from assay.store.ids import new_id, now
from assay.store.keys import create_key
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.subjects import add_subject
from service_database import new_database, open_store


@pytest.fixture
def database(postgresql: str) -> str:
    """URL of a database that holds nothing, with a password that must not be seen."""
    return new_database(postgresql, f"moved_{new_id().replace('-', '')}").replace("assay@", "assay:hush@")


@pytest.fixture
def asked(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Types a command in the test's folder, and gives what it prints; with another code than 0, its error, too."""
    monkeypatch.chdir(tmp_path)

    def ask(*words: str, code: int = 0) -> str:
        capfd.readouterr()
        ended: object = 0
        try:
            main(list(words))
        except SystemExit as stopped:
            ended = stopped.code or 0
        printed = capfd.readouterr()
        assert ended == code, printed.err
        assert "hush" not in printed.out + printed.err
        return printed.out + (printed.err if code else "")

    return ask


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The file of a service: two owners, keys, answers with bytes, truth values and NULLs, and a sealed trail."""
    with open_store(tmp_path / "mlruns") as store:
        for name in ("ada", "ünï 日本"):
            subject = store.write(lambda c, name=name: add_subject(c, name))
            key, _ = store.write(lambda c, s=subject: create_key(c, s.id, s.name, ["classify"], actor="test"))
            answers = [_answer(subject.id, key.id, number) for number in range(5)]
            store.write(lambda c, rows=answers: log_predictions(c, rows))
    return tmp_path / "mlruns" / "service.db"


def _answer(subject: str, key: str, number: int) -> PredictionRecord:
    return PredictionRecord(
        new_id(), now(), new_id(), subject, key, "a" * 64, "cells", "3", "b" * 64, "champion", "jade",
        confidence=math.nextafter(0.1, number),
        answer={"label": "jade", "text": "a\n'\"\\\t✓"},
        statistics={"width": 640.0},
        domain="in-domain",
        for_a_person=number % 2 == 0,
        total_ms=1e-308 * number,
        rejected=(None, True, False)[number % 3],
        components=bytes(range(256)) * (number % 2),
    )  # fmt: skip


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A file of sweeps: two studies with trials of every state, values that are no numbers, and attributes."""
    file = tmp_path / "sweeps.db"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for name, directions in (("one", ["maximize"]), ("two", ["maximize", "minimize"])):
        study = optuna.create_study(storage=f"sqlite:///{file}", study_name=name, directions=directions)
        study.set_user_attr("ünï", {"a": [1, None, 0.1]})
        for number in range(5):
            trial = study.ask()
            rate = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
            trial.suggest_categorical("loss", ["focal", "ce"])
            if len(directions) == 1:
                trial.report(math.inf, 1)
                trial.report(math.nan, 2)
            if number == 3:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            elif number < 3:
                study.tell(trial, [rate, -math.inf][: len(directions)])
    return file
