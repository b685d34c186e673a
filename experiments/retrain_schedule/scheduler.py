"""One process that keeps the time of a job of small steps, by a clock that runs some thousand times as fast."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from assay.retraining.clock_loop import keep_time
from assay.retraining.due import RetrainJob
from assay.retraining.settings import RetrainSettings
from assay.retraining.signals import Signals
from assay.retraining.step import VERDICT, StepContext
from assay.store.service_store import ServiceStore

START = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
JOB, SCHEDULE = "hourly", "0 * * * *"
LEASE_SECONDS = 1.0
"""Of real time that a process may be silent."""
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class FastClock:
    """A clock that is `START` at a moment of the machine's, and runs faster."""

    begin: float
    factor: float

    def now(self) -> datetime:
        return START + timedelta(seconds=(time.time() - self.begin) * self.factor)

    def elapsed(self) -> float:
        return time.monotonic() * self.factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.factor)

    def wait(self, ended: threading.Event, seconds: float) -> bool:
        return ended.wait(seconds / self.factor)


def note(folder: Path, what: str, context: StepContext) -> None:
    """Write down that something was done, by whom: one line, whole, whoever writes at the same time."""
    line = f"{what} {context.run.slot} {context.run.fence} {os.getpid()}\n".encode()
    journal = os.open(folder / "journal.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(journal, line)
    os.close(journal)


@dataclass(frozen=True)
class Draw:
    """A manifest of the slot: the same at each attempt."""

    top: Path
    name: str = "draw"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        note(self.top, self.name, context)
        return {"manifest": hashlib.sha256(context.run.slot.encode()).hexdigest()}


@dataclass(frozen=True)
class Train:
    """A model of the manifest, written whole or not at all; takes a while, so that many are killed in it."""

    top: Path
    name: str = "train"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        note(self.top, self.name, context)
        model = hashlib.sha256(str(context.results["draw"]["manifest"]).encode()).hexdigest()
        made = context.folder / f"model.{os.getpid()}"
        for part in range(8):
            with made.open("a" if part else "w") as file:
                file.write(model[8 * part : 8 * part + 8])
            time.sleep(0.002)
        made.replace(context.folder / "model")
        return {"model": model}


@dataclass(frozen=True)
class Promote:
    """The one deed that others see: only whoever has the run does it, and what is promoted already is left."""

    top: Path
    name: str = "promote"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        model = (context.folder / "model").read_text()
        context.hold()
        champion = self.top / "promoted" / context.run.slot.replace(":", "")
        try:
            with champion.open("x") as file:
                file.write(model)
            note(self.top, self.name, context)
        except FileExistsError:
            if champion.read_text() != model:
                champion.write_text(model)  # of an attempt that was killed while it wrote
        return {"model": model, VERDICT: "promoted"}


def one_label(connection: Connection, since: str) -> Signals:
    """Something is always new."""
    return Signals(("2026-01-01T00:00:00.000Z",))


def settings(factor: float) -> RetrainSettings:
    """Of the job: hourly, everything is made up for, and a lease that is short for who kills."""
    return RetrainSettings(schedule=SCHEDULE, catch_up="all", attempts=1000, lease=LEASE_SECONDS * factor / 60)


def keep(database: str, folder: Path, begin: float, factor: float) -> None:
    """Keep the time until the process is ended.

    Args:
        database: URL.
        folder: of what the steps leave.
        begin: seconds since 1970 at which the clock says `START`; two processes with the same have one time.
        factor: how much faster the clock is.
    """
    logging.basicConfig(level=logging.INFO, filename=folder / "scheduler.log", format="%(process)d %(message)s")
    steps = (Draw(folder), Train(folder), Promote(folder))
    job = RetrainJob(JOB, settings(factor), steps, folder / "runs", one_label)
    with ServiceStore(database) as store:
        keep_time(store, job, FastClock(begin, factor), threading.Event(), every=LOOK_SECONDS * factor)
