"""A service's database, once in a SQLite file and once in PostgreSQL, and rows to write into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.store.ids import new_id, now
from assay.store.prediction_log import PredictionRecord
from assay.store.service_store import ServiceStore
from service_database import new_database, with_tables

DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/service.db"
    return new_database(request.getfixturevalue("postgresql"), f"store_{new_id().replace('-', '')}")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database that has a service's tables, as the migrations made them, and no row."""
    if request.param == "sqlite":
        return with_tables(tmp_path / "service.db")
    server, tables = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_tables")
    return new_database(server, f"store_{new_id().replace('-', '')}", template=tables)


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
