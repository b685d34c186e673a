"""A process that goes on with a retraining of real steps, and is killed when one of them has done its work."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assay.retraining.job import JobRun
from assay.retraining.step import JobStep


@dataclass(frozen=True)
class LateClock:
    """A clock that stands; each process that goes on has one that is later than the lease of the one before."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("no step waits")

    def wait(self, ended: Any, seconds: float) -> bool:
        return bool(ended.wait())


@dataclass(frozen=True)
class Deadly:
    """A step that is killed between its work and the line of the ledger that says so."""

    step: JobStep

    @property
    def name(self) -> str:
        return self.step.name

    def run(self, context: Any) -> Mapping[str, Any]:
        self.step.run(context)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("a kill has no end")


def go_on(root: Path, words: list[str], settings: dict[str, Any], run: str, at: datetime, deadly: str) -> None:
    """Take the run up and go through its steps, to the end or to the step that kills.

    Args:
        root: folder with the service's store.
        words: of the config.
        settings: of the steps.
        run: id.
        at: the present.
        deadly: name of the step; "" for none.
    """
    from assay.config.compose import compose
    from assay.retraining.ledger import take_up
    from assay.retraining.rows import run_of
    from assay.retraining.runner import Limits, run_steps
    from assay.retraining.step_settings import StepSettings
    from assay.retraining.steps.build import steps_in
    from assay.retraining.workshop import Workshop
    from assay.serving.places import beside
    from assay.store.kept_pictures import KeptPictures
    from assay.store.service_store import ServiceStore

    length = timedelta(minutes=2)
    with ServiceStore(f"sqlite:///{root}/service.db") as store:
        pictures = KeptPictures(beside(store.url, "pictures"))
        workshop = Workshop(compose(words), store, pictures, StepSettings(**settings), "")
        steps = [Deadly(step) if step.name == deadly else step for step in steps_in(workshop)]
        taken: JobRun = store.write(lambda c: take_up(c, run_of(c, run), at, length))
        ended = run_steps(store, taken, steps, LateClock(at), root / "retrain" / "slot", Limits(length))
        print(ended.state, ended.verdict, ended.reason, flush=True)
    os._exit(3)
