"""The ledger: what each step of a run has left; everything is written by whoever has the run, and by nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from assay.retraining.job import FAILED, WAITING, JobRun
from assay.retraining.lease import hold, take
from assay.retraining.rows import (
    KILLED,
    STARTED,
    STEP_DONE,
    STEP_FAILED,
    STEP_STOPPED,
    STEP_WAITS,
    StepRecord,
    as_json,
    attempts,
    run_of,
)
from assay.retraining.step import COST, RESUMES, VERDICT, WAITS
from assay.store.ids import as_time
from assay.store.retrain_tables import RETRAIN_RUNS, RETRAIN_STEPS
from assay.store.trail import append_lines

RUN_STARTED, RUN_VERDICT, RUN_ENDED = "retraining started", "retraining verdict", "retraining ended"
"""Kinds of lines of the audit trail."""
HOURS = "hours"


def take_up(connection: Connection, run: JobRun, at: datetime, length: timedelta, **facts: Any) -> JobRun:
    """Take a run up: a new one, one that waits, or one whose process is gone. See `lease.take`.

    Args:
        connection: in a transaction that may write, in which `run` was read.
        run: that nobody is at.
        at: the present.
        length: of the lease.
        facts: what is known when it begins, kept with it.
    """
    for attempt in attempts(connection, run.id, run.step) if run.step else []:
        if attempt.state == STARTED:
            _close_killed(connection, run, attempt)
    taken = take(connection, run, at, length)
    if not run.started:
        taken = _change(connection, taken, facts=as_json({**run.facts, **facts}))
        note(connection, RUN_STARTED, taken, **facts)
    return taken


def results_of(connection: Connection, run: str) -> dict[str, Mapping[str, Any]]:
    """Name of each step that is done -> its result."""
    return {each.step: each.result for each in attempts(connection, run) if each.state == STEP_DONE}


def begin_step(connection: Connection, run: JobRun, step: str, at: datetime) -> StepRecord:
    """Note that a step begins, or goes on from where it waited.

    Raises:
        LeaseLost: another process has the run.
    """
    hold(connection, run)
    before = attempts(connection, run.id, step)
    earlier = next((each.result for each in reversed(before) if each.result), {})
    number = before[-1].attempt if before and before[-1].state == STEP_WAITS else len(before) + 1
    begun = StepRecord(run.id, step, number, STARTED, as_time(at), "", earlier)
    if before and number == before[-1].attempt:
        _write(connection, begun, state=STARTED, ended="")
    else:
        connection.execute(RETRAIN_STEPS.insert().values(**{**vars(begun), "result": as_json(earlier)}))
    _change(connection, run, step=step, attempt=number)
    return begun


def failures_of(connection: Connection, run: str, step: str) -> int:
    """How often a step has failed or was killed."""
    return sum(1 for each in attempts(connection, run, step) if each.state in (STEP_FAILED, KILLED))


def end_step(
    connection: Connection, run: JobRun, attempt: StepRecord, result: Mapping[str, Any], at: datetime, seconds: float
) -> None:
    """Keep what a step returned, with what it cost; a verdict is a line of the trail.

    Args:
        connection: in a transaction that may write.
        run: that this process has.
        attempt: of `begin_step`.
        result: JSON values.
        at: the present.
        seconds: that it took.

    Raises:
        LeaseLost: another process has the run; nothing is written.
    """
    hold(connection, run)
    state = STEP_WAITS if result.get(WAITS) else STEP_DONE
    _write(connection, attempt, state=state, ended=as_time(at), result=as_json(result))
    _spend(connection, run, {**result.get(COST, {}), HOURS: seconds / 3600})
    verdict = result.get(VERDICT, "")
    if verdict and verdict != run_of(connection, run.id).verdict:
        _change(connection, run, verdict=verdict)
        note(connection, RUN_VERDICT, replace(run, verdict=verdict), step=attempt.step)


def fail_step(
    connection: Connection, run: JobRun, attempt: StepRecord, error: str, at: datetime, seconds: float
) -> None:
    """Keep why a step has failed.

    Raises:
        LeaseLost: another process has the run; nothing is written.
    """
    hold(connection, run)
    _write(connection, attempt, state=STEP_FAILED, ended=as_time(at), error=error)
    _spend(connection, run, {HOURS: seconds / 3600})


def stop_step(connection: Connection, run: JobRun, attempt: StepRecord, at: datetime, seconds: float) -> None:
    """Let go of a run in the middle of a step, which is no failure of it.

    Raises:
        LeaseLost: another process has the run; nothing is written.
    """
    hold(connection, run)
    _write(connection, attempt, state=STEP_STOPPED, ended=as_time(at))
    _spend(connection, run, {HOURS: seconds / 3600})
    _change(connection, run, state=WAITING, reason="the process was asked to end", resumes="", lease="")


def pause_run(connection: Connection, run: JobRun, reason: str, resumes: str) -> JobRun:
    """Let go of a run that waits; it is taken up again at its time.

    Raises:
        LeaseLost: another process has the run.
    """
    hold(connection, run)
    return _change(connection, run, state=WAITING, reason=reason, resumes=resumes, lease="")


def end_run(connection: Connection, run: JobRun, state: str, reason: str, at: datetime, *, kind: str = "") -> JobRun:
    """End a run.

    Args:
        connection: in a transaction that may write.
        run: that this process has.
        state: "done", "skipped" or "failed".
        reason: for people.
        at: the present.
        kind: of the error that it failed by, as the trail has it; the words may name files.

    Raises:
        LeaseLost: another process has the run, or it has ended.
    """
    hold(connection, run)
    ended = _change(connection, run, state=state, reason=reason, ended=as_time(at), lease="")
    note(connection, RUN_ENDED, ended, **({"error": kind} if state == FAILED else {}))
    return ended


def note(connection: Connection, kind: str, run: JobRun, **more: Any) -> None:
    """Add a line about a run to the audit trail; it names nobody."""
    content = {"run": run.id, "job": run.job, "slot": run.slot, "trigger": run.trigger, **more}
    if kind == RUN_ENDED:
        content["state"] = run.state
    if run.verdict and kind != RUN_STARTED:
        content["verdict"] = run.verdict
    append_lines(connection, [(kind, content, None)])


def resumes_at(result: Mapping[str, Any]) -> str:
    """When a step that waits is called again, UTC; "" for the next time that anybody looks."""
    return str(result.get(RESUMES, ""))


def _close_killed(connection: Connection, run: JobRun, attempt: StepRecord) -> None:
    """End an attempt whose process is gone; what it spent is known up to the last sign of life."""
    _write(connection, attempt, state=KILLED)
    renewed = connection.scalar(select(RETRAIN_RUNS.c.renewed).where(RETRAIN_RUNS.c.id == run.id)) or ""
    lived = _moment(renewed) - _moment(attempt.started) if renewed > attempt.started else None
    if lived is not None:
        _spend(connection, run, {HOURS: lived.total_seconds() / 3600})


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _spend(connection: Connection, run: JobRun, spent: Mapping[str, float]) -> None:
    before = dict(run_of(connection, run.id).cost)
    cost = {name: round(before.get(name, 0) + amount, 6) for name, amount in spent.items()}
    _change(connection, run, cost=as_json({**before, **cost}))


def _write(connection: Connection, attempt: StepRecord, **values: Any) -> None:
    steps = RETRAIN_STEPS.c
    this = (steps.run == attempt.run) & (steps.step == attempt.step) & (steps.attempt == attempt.attempt)
    connection.execute(update(RETRAIN_STEPS).where(this).values(**values))


def _change(connection: Connection, run: JobRun, **values: Any) -> JobRun:
    connection.execute(update(RETRAIN_RUNS).where(RETRAIN_RUNS.c.id == run.id).values(**values))
    return run_of(connection, run.id)
