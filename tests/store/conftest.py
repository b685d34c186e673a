"""A service's database, once in a SQLite file and once in PostgreSQL, and rows to write into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from assay.database.url import with_driver
from assay.store.ids import new_id, now
from assay.store.prediction_log import PredictionRecord
from assay.store.service_store import ServiceStore

DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/service.db"
        return
    server = request.getfixturevalue("postgresql")
    name = f"store_{new_id().replace('-', '')}"
    engine = create_engine(with_driver(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    yield server.rpartition("/")[0] + f"/{name}"


@pytest.fixture
def store(url: str) -> Iterator[ServiceStore]:
    with ServiceStore(url) as opened:
        yield opened


@pytest.fixture
def record() -> Callable[..., PredictionRecord]:
    """Makes a row of the prediction log of a subject."""

    def make(subject: str, **other: Any) -> PredictionRecord:
        made = PredictionRecord(
            id=new_id(),
            time=now(),
            request=new_id(),
            subject=subject,
            key=new_id(),
            picture="a" * 64,
            model="cells",
            version="3",
            bundle="b" * 64,
            arm="champion",
            label="jade",
            confidence=0.75,
            answer={"label": "jade", "probabilities": {"jade": 0.75, "onyx": 0.25}},
            statistics={"width": 640.0},
            domain="in-domain",
            for_a_person=False,
            total_ms=31.5,
        )
        return replace(made, **other)

    return make
