"""A process that retrains, and is killed at the n-th time that anything in it looks at the clock."""

from __future__ import annotations

import hashlib
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assay.retraining.due import RetrainJob, due
from assay.retraining.settings import RetrainSettings
from assay.retraining.signals import Signals
from assay.retraining.step import VERDICT
from assay.store.service_store import ServiceStore

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@dataclass
class DeadlyClock:
    """A clock that kills its process at a certain look; 0 for never."""

    deadly: int
    at: datetime = START
    looks: int = 0

    def now(self) -> datetime:
        self.looks += 1
        if self.looks == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.at

    def elapsed(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.now()

    def wait(self, ended, seconds: float) -> bool:
        return bool(ended.wait())


@dataclass(frozen=True)
class Works:
    """A step that looks at the clock before, in the middle of and behind what it leaves."""

    name: str

    def run(self, context):
        before = "".join(str(result["made"]) for result in context.results.values())
        made = hashlib.sha256(f"{context.run.slot}{before}{self.name}".encode()).hexdigest()
        file = context.folder / self.name
        context.clock.now()
        file.write_text(made[:32])
        context.clock.now()
        file.write_text(made)
        context.clock.now()
        return {"made": made, VERDICT: "promoted" if self.name == "promote" else ""}


def the_job(folder: Path) -> RetrainJob:
    steps = tuple(Works(name) for name in ("collect", "train", "promote"))
    settings = RetrainSettings(schedule="0 2 * * *", attempts=3)
    return RetrainJob("daily", settings, steps, folder / "runs", lambda connection, since: Signals(("2026-03-01",)))


def retrain(folder: Path, deadly: int) -> None:
    """Run what is due, and die on the way; ends with 3 where it came to its end."""
    with ServiceStore(f"sqlite:///{folder}/service.db") as store:
        due(store, the_job(folder), DeadlyClock(deadly))
    os._exit(3)


def go_on(folder: Path) -> None:
    """What another process does half an hour later."""
    with ServiceStore(f"sqlite:///{folder}/service.db") as store:
        due(store, the_job(folder), DeadlyClock(0, START + timedelta(minutes=30)))
