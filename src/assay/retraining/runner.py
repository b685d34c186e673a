"""The runner: takes a run through its steps by the ledger; what is done is read there, what was cut off is redone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from assay.errors import AssayError, ServiceError, TrackingError
from assay.failures import words_of
from assay.retraining.clock import JobClock
from assay.retraining.heartbeat import Heartbeat
from assay.retraining.job import DONE, FAILED, JobRun
from assay.retraining.lease import LeaseLost
from assay.retraining.ledger import (
    begin_step,
    end_run,
    end_step,
    fail_step,
    failures_of,
    pause_run,
    results_of,
    resumes_at,
    stop_step,
)
from assay.retraining.rows import StepRecord, as_json
from assay.retraining.step import ENDS, WAITS, JobStep, StepContext
from assay.store.ids import as_time
from assay.store.service_store import ServiceStore

logger = logging.getLogger(__name__)
RETRY = timedelta(minutes=10)
"""How long a run waits for what did not answer."""


@dataclass(frozen=True)
class Pause:
    """Why a run does not go on now.

    Attributes:
        reason: for people.
        resumes: when it may, UTC; "" for the next time that anybody looks.
    """

    reason: str
    resumes: str = ""


@dataclass(frozen=True)
class RunLimits:
    """What holds a run.

    Attributes:
        lease: how long a process may be silent until another takes the run up.
        attempts: how often a step may fail, or be killed, before the run has failed.
        pause: gives why the next step has to wait; None where it has not.
        left: gives what is left of the budget.
    """

    lease: timedelta = timedelta(minutes=2)
    attempts: int = 5
    pause: Callable[[JobRun], Pause | None] = lambda run: None
    left: Callable[[JobRun], Mapping[str, float]] = lambda run: {}


def run_steps(
    store: ServiceStore, run: JobRun, steps: Sequence[JobStep], clock: JobClock, folder: Path, limits: RunLimits
) -> JobRun:
    """Go through the steps of a run that this process has taken up, to its end or to where it has to wait.

    Args:
        store: of the run.
        run: of `ledger.take_up`.
        steps: in their order; those that the ledger has as done are not called.
        clock: that leases go by.
        folder: of the run's files; is made.
        limits: of the run.

    Returns:
        The run as it is left: done, failed or waiting.

    Raises:
        LeaseLost: another process has taken the run up; nothing was written since.
        KeyboardInterrupt, SystemExit: this process was asked to end; anybody may take the run up at once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with store.reading() as connection:
        done = results_of(connection, run.id)
    # In the order of the steps: that of the rows is by clocks, which may have been set back.
    results = {step.name: done[step.name] for step in steps if step.name in done}
    with Heartbeat(store, run, clock, limits.lease) as heartbeat:
        walk = _Walk(store, run, clock, folder, limits, heartbeat, results)
        for step in steps:
            while step.name not in results:
                if (left := walk.attempt(step)) is not None:
                    return left
            if why := results[step.name].get(ENDS):
                return walk.end(DONE, str(why))
        return walk.end(DONE, run.reason)


@dataclass(frozen=True)
class _Walk:
    """A process on its way through the steps of a run."""

    store: ServiceStore
    run: JobRun
    clock: JobClock
    folder: Path
    limits: RunLimits
    heartbeat: Heartbeat
    results: dict[str, Mapping[str, Any]]

    def attempt(self, step: JobStep) -> JobRun | None:
        """Run a step once; None where its result was added or it is to be tried again, else the run as it is left."""
        if (pause := self.limits.pause(self.run)) is not None:
            return self._pause(pause)
        with self.store.reading() as connection:
            failures = failures_of(connection, self.run.id, step.name)
        if failures >= self.limits.attempts:
            return self.end(FAILED, f"{step.name}: failed or was killed {failures} times", "attempts")
        attempt = self.store.write(lambda connection: begin_step(connection, self.run, step.name, self.clock.now()))
        left, done = self.limits.left(self.run), dict(self.results)
        context = StepContext(self.run, self.folder, done, self.clock, left, attempt.result, self.heartbeat.hold)
        began = self.clock.elapsed()
        try:
            result = dict(step.run(context))
            as_json(result)  # what is no JSON fails here, as the step's fault
        except LeaseLost:
            raise
        except (KeyboardInterrupt, SystemExit):
            self._stopped(attempt, self.clock.elapsed() - began)
            raise
        except Exception as error:  # of whatever a step does: it is noted, and tried again where that may help
            return self._after_failure(attempt, error, self.clock.elapsed() - began)
        seconds, at = self.clock.elapsed() - began, self.clock.now()
        self.store.write(lambda connection: end_step(connection, self.run, attempt, result, at, seconds))
        if why := result.get(WAITS):
            return self._pause(Pause(str(why), resumes_at(result)))
        self.results[step.name] = result
        return None

    def end(self, state: str, reason: str, kind: str = "") -> JobRun:
        """End the run."""
        at = self.clock.now()
        return self.store.write(lambda connection: end_run(connection, self.run, state, reason, at, kind=kind))

    def _pause(self, pause: Pause) -> JobRun:
        return self.store.write(lambda connection: pause_run(connection, self.run, pause.reason, pause.resumes))

    def _stopped(self, attempt: StepRecord, seconds: float) -> None:
        """Let go of the run at once where this process is asked to end, so that nobody waits for its lease."""
        at = self.clock.now()
        self.store.write(lambda connection: stop_step(connection, self.run, attempt, at, seconds))

    def _after_failure(self, attempt: StepRecord, error: Exception, seconds: float) -> JobRun | None:
        words = str(error) if isinstance(error, AssayError) else f"{type(error).__name__}: {words_of(error)}"
        logger.warning("retraining %s, step %s, attempt %d: %s", self.run.id, attempt.step, attempt.attempt, words)
        at = self.clock.now()
        self.store.write(lambda connection: fail_step(connection, self.run, attempt, words, at, seconds))
        if isinstance(error, TrackingError | ServiceError):
            return self._pause(Pause(f"{attempt.step}: {words}", as_time(at + RETRY)))
        return (
            self.end(FAILED, f"{attempt.step}: {words}", type(error).__name__)
            if isinstance(error, AssayError)
            else None
        )
