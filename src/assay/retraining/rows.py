"""Rows of retraining: runs and steps as values, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from assay.errors import ServiceError
from assay.retraining.job import QUEUED, JobRun
from assay.store.retrain_tables import RETRAIN_RUNS, RETRAIN_STEPS

STARTED, STEP_DONE, STEP_WAITS, STEP_FAILED = "running", "done", "waiting", "failed"
KILLED, STEP_STOPPED, RETRIED = "killed", "stopped", "tried again"
"""States of an attempt; "killed" was begun, and its process has ended without a word; "stopped" was asked to end;
"tried again" had failed, and counts no more since somebody has mended what it failed by."""


@dataclass(frozen=True)
class StepRecord:
    """One attempt of a step, as the ledger has it.

    Attributes:
        run: id.
        step: name.
        attempt: from 1.
        state: "running", "done", "waiting", "failed", "killed", "stopped" or "tried again".
        started: UTC.
        ended: UTC; "" where it was not ended.
        result: what the step returned, JSON values.
        error: why it failed; "" where it did not.
    """

    run: str
    step: str
    attempt: int
    state: str
    started: str
    ended: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


def next_queued(connection: Connection, job: str) -> JobRun | None:
    """The queued run of the oldest slot; None where none is queued."""
    queued = (RETRAIN_RUNS.c.job == job) & (RETRAIN_RUNS.c.state == QUEUED)
    asked = select(RETRAIN_RUNS).where(queued).order_by(RETRAIN_RUNS.c.slot, RETRAIN_RUNS.c.id).limit(1)
    row = connection.execute(asked).first()
    return None if row is None else read_run(row)


def run_of(connection: Connection, run: str) -> JobRun:
    """A run.

    Raises:
        ServiceError: there is none of this id.
    """
    row = connection.execute(select(RETRAIN_RUNS).where(RETRAIN_RUNS.c.id == run)).first()
    if row is None:
        raise ServiceError(f"{run}: there is no such retraining; assay retrain status shows them")
    return read_run(row)


def run_at(connection: Connection, job: str, slot: str) -> JobRun | None:
    """The run of a slot; None where it has none."""
    asked = select(RETRAIN_RUNS).where((RETRAIN_RUNS.c.job == job) & (RETRAIN_RUNS.c.slot == slot))
    row = connection.execute(asked).first()
    return None if row is None else read_run(row)


def named_run(connection: Connection, text: str, job: str = "") -> JobRun:
    """The run of an id, or of how it ends where that names one alone.

    Raises:
        ServiceError: there is none, or there are several.
    """
    ending = text.strip().lower()
    named = [run for run in runs(connection, job) if run.id == ending or (len(ending) >= 4 and run.id.endswith(ending))]
    if len(named) != 1:
        which = "names several retrainings" if named else "there is no such retraining"
        raise ServiceError(f"{text}: {which}; assay retrain status shows them")
    return named[0]


def runs(
    connection: Connection, job: str = "", states: Sequence[str] = (), *, newest: int = 0, since: str = ""
) -> list[JobRun]:
    """Runs in the order of their slots.

    Args:
        connection: that may read.
        job: name; "" for all.
        states: of `OPEN` and `ENDED`; () for all.
        newest: how many at most, the newest; 0 for all.
        since: those that were begun after it, UTC; "" for all.
    """
    asked: Select[Any] = select(RETRAIN_RUNS)
    asked = asked.where(RETRAIN_RUNS.c.job == job) if job else asked
    asked = asked.where(RETRAIN_RUNS.c.state.in_(states)) if states else asked
    asked = asked.where(RETRAIN_RUNS.c.started > since) if since else asked
    asked = asked.order_by(RETRAIN_RUNS.c.slot.desc(), RETRAIN_RUNS.c.id.desc())
    asked = asked.limit(newest) if newest else asked
    return [read_run(row) for row in connection.execute(asked)][::-1]


def add_run(connection: Connection, run: JobRun) -> None:
    """Keep a new run.

    Raises:
        IntegrityError: its slot has one already.
    """
    connection.execute(RETRAIN_RUNS.insert().values(**_values(run)))


def attempts(connection: Connection, run: str, step: str = "") -> list[StepRecord]:
    """Attempts of a run, in the order in which they began by the clock of whoever began them.

    Args:
        connection: that may read.
        run: id.
        step: of this step alone; "" for all.
    """
    asked = select(RETRAIN_STEPS).where(RETRAIN_STEPS.c.run == run)
    asked = asked.where(RETRAIN_STEPS.c.step == step) if step else asked
    asked = asked.order_by(RETRAIN_STEPS.c.started, RETRAIN_STEPS.c.attempt)
    return [StepRecord(**{**row._mapping, "result": json.loads(row.result)}) for row in connection.execute(asked)]


def read_run(row: Row[Any]) -> JobRun:
    """A run of its row."""
    return JobRun(**{**row._mapping, "cost": json.loads(row.cost), "facts": json.loads(row.facts)})


def as_json(values: Mapping[str, Any]) -> str:
    """JSON values as a column has them, in one order.

    Raises:
        TypeError: one of them is none.
        ValueError: one of them is no finite number.
    """
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True, allow_nan=False)


def _values(run: JobRun) -> dict[str, Any]:
    return {**vars(run), "cost": as_json(run.cost), "facts": as_json(run.facts)}
