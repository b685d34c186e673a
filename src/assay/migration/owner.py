"""Owners: who made the tables of a part, and what is known of them: migrations, locks, seals, how they are made."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from assay.config.quoting import typed
from assay.database.engine import open_engine
from assay.database.made_whole import create_tables
from assay.database.url import sqlite_url
from assay.migration.seal import Seal, histories, nothing_sealed, trail
from assay.registry.ledger import HISTORY
from assay.store.migrations import migrate as service_tables
from assay.sweep import storage as study_tables
from assay.tracking import tables as run_tables

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

ALEMBIC = "alembic_version"
"""The table in which each of them notes the migration that its tables are at."""


@dataclass(frozen=True)
class Owner:
    """Who made the tables of a part.

    Attributes:
        name: for people.
        make: makes the tables in a PostgreSQL database that has none, given its URL.
        scripts: the migrations of what is installed; None where there are none.
        update: what is typed to bring a file of an earlier version up to date.
        seals: of what is sealed, over a connection to either database.
        locks: ends of the names of lock files beside the file, which whoever works in it holds.
        about: tables that say of which version they are; each database has its own.
        seeds: tables that have rows before anybody has recorded anything -> which rows these are, as SQL.
        ensure_at_rest: raises an `AssayError` where somebody is at work in the file.
    """

    name: str
    make: Callable[[str], None]
    scripts: Callable[[], ScriptDirectory] | None
    update: Callable[[Path], str]
    seals: Callable[[Connection], Iterator[Seal]] = nothing_sealed
    locks: tuple[str, ...] = ("lock",)
    about: frozenset[str] = frozenset({ALEMBIC})
    seeds: Mapping[str, str] = field(default_factory=dict)
    ensure_at_rest: Callable[[Path], None] = lambda file: None


def _make_runs(url: str) -> None:
    engine = open_engine(url)
    run_tables.make_tables(engine)
    create_tables(engine, HISTORY.metadata)


def _make_history(url: str) -> None:
    create_tables(open_engine(url), HISTORY.metadata)


MLFLOW = Owner(
    "MLflow",
    _make_runs,
    run_tables.scripts,
    lambda file: f"assay runs {typed('tracking.uri', sqlite_url(file))}",
    histories,
    ("lock", "registry.lock"),
    # A server of MLflow's that was started on the database has made its own experiment.
    seeds={"workspaces": "name = 'default'", "experiments": "experiment_id = 0 AND name = 'Default'"},
    ensure_at_rest=lambda file: run_tables.ensure_at_rest(file, "its runs are to be moved"),
)
REGISTRY = Owner("the registry", _make_history, None, lambda file: "", histories, ("registry.lock",), about=frozenset())
"""Of a history that lies apart from the runs."""
OPTUNA = Owner(
    "Optuna",
    study_tables.make_tables,
    study_tables.scripts,
    lambda file: f"optuna storage upgrade --storage {shlex.quote(sqlite_url(file))}",
    locks=("sweep.lock",),
    about=frozenset({ALEMBIC, "version_info"}),
)
SERVICE = Owner(
    "the service",
    service_tables.ensure_tables,
    service_tables.scripts,
    lambda file: f"assay keys list {shlex.quote(f'store={file}')}",
    trail,
    seeds={"audit_head": "number = 0", "review_sweep": "line = 0"},
)
