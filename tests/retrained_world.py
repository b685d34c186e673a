"""A champion that serves, people who send pictures, reviewers who decide on them, and a retraining of it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assay.config.compose import compose
from assay.embeddings.onnx_runtime import EXPORTED
from assay.registry.promote import promote
from assay.registry.request import PromoteRequest
from assay.retraining.clock import MachineClock
from assay.retraining.job import QUEUED, SCHEDULE, JobRun
from assay.retraining.ledger import take_up
from assay.retraining.rows import add_run, run_of
from assay.retraining.runner import RunLimits, run_steps
from assay.retraining.step_settings import StepSettings
from assay.retraining.steps.build import steps_in
from assay.retraining.steps.gate import gate_of
from assay.retraining.workshop import Workshop
from assay.serving.places import beside
from assay.store.ids import as_time, new_id
from assay.store.kept_pictures import KeptPictures
from assay.store.keys import create_key
from assay.store.prediction_log import PredictionRecord
from assay.store.retrain_tables import RETRAIN_JOBS
from assay.store.service_store import ServiceStore
from finished import Finished
from labelled_world import LabelledWorld, Picture

COLOURS = {"amber": (200, 120, 40), "jade": (40, 160, 90), "onyx": (30, 30, 40)}
"""As the pictures of `photos` are drawn."""
LOOSE = ("checks.commit=null", "checks.alone=null", "checks.test_set.at_least=10", "checks.test_set.each_class=2")
GATE = """# A trial: accuracy of {least}.
checks:
  accurate:
    _target_: assay.gate.checks.floor.Floor
    metric: accuracy
    at_least: {least}
"""


def drawn(name: str, seed: int) -> Picture:
    """A picture of a class that no dataset has."""
    rng = np.random.default_rng([7, seed])
    tint = np.array(COLOURS[name]) * 0.5 + rng.normal(60, 35, 3)
    return np.clip(tint + rng.normal(0, 40, (40, 48, 3)), 0, 255).astype(np.uint8)


class RetrainedWorld:
    """A store of runs with a champion, and a service's store beside it."""

    def __init__(self, root: Path, run: Finished) -> None:
        self._open(root, run)
        self.labels = LabelledWorld(self.store)
        self.labels.agree()
        # A cache of its own, because measurements are kept in it; a graph takes seconds, and says nothing of weights.
        shutil.copytree(Path(os.environ["ASSAY_CACHE"]) / EXPORTED, root / "cache" / EXPORTED, dirs_exist_ok=True)
        self.gate.write_text(GATE.format(least=0.0))

    @classmethod
    def again(cls, root: Path, run: Finished) -> RetrainedWorld:
        """What another process has made in a folder."""
        made = cls.__new__(cls)
        made._open(root, run)
        return made

    def _open(self, root: Path, run: Finished) -> None:
        self.root, self.run = root, run
        self.words = [*run.store, "registry.name=stones", f"cache={root}/cache"]
        self.config = compose(self.words)
        self.store = ServiceStore(f"sqlite:///{root}/service.db")
        self.gate = root / "trial.yaml"

    def settings(self, **more: Any) -> StepSettings:
        loosened = {"gate_words": LOOSE, "loosened_by": "Ada", "loosened_reason": "a trial on few pictures"}
        return StepSettings(
            **{"gate": str(self.gate), **loosened, "fail_on": ("new_leaks",), "client_share": 1.0, **more}
        )

    def crown(self) -> str:
        """Make the finished run champion."""
        request = PromoteRequest(run=self.run.run_id, gate=str(self.gate), by="Ada")
        return promote(request, gate_of(self.settings()), None, self.config).version

    def workshop(self, **more: Any) -> Workshop:
        pictures = KeptPictures(beside(self.store.url, "pictures"))
        return Workshop(self.config, self.store, pictures, self.settings(**more))

    def key(self, name: str = "phone") -> str:
        return self.labels.do(create_key, self.labels.ada.id, name, ["classify"], actor="test")[0].id

    def send(self, pixels: Picture, label: str, **about: Any) -> PredictionRecord:
        """An answer about a picture that is kept."""
        answer = {"label": label, "probabilities": dict.fromkeys(COLOURS, 1 / 3)}
        return self.labels.answer(pixels, answer=answer, label=label, **about)

    def decide(self, count: int, *, first: int = 0, **about: Any) -> list[PredictionRecord]:
        """New pictures, a third of each class, on which kim decides."""
        records = []
        for seed in range(first, first + count):
            name = sorted(COLOURS)[seed % 3]
            records.append(self.send(drawn(name, seed), name, **about))
            self.labels.decide(records[-1], kim=name)
        return records

    def queue(self) -> JobRun:
        """A run of the job that nobody is at."""
        at = as_time(datetime.now(UTC))
        run = JobRun(new_id(), "weekly", at, SCHEDULE, QUEUED, created=at)

        def add(connection: Any) -> None:
            if connection.execute(RETRAIN_JOBS.select()).first() is None:
                connection.execute(RETRAIN_JOBS.insert().values(job="weekly", since=at, reached=at))
            add_run(connection, run)

        self.store.write(add)
        return run

    def retrain(self, run: JobRun | None = None, *, lease: float = 120.0, steps: Any = None, **settings: Any) -> JobRun:
        """Take the run up and go through its steps, as far as they go."""
        mine, clock, length = run or self.queue(), MachineClock(), timedelta(seconds=lease)
        taken = self.store.write(lambda c: take_up(c, run_of(c, mine.id), clock.now(), length))
        every = steps or steps_in(self.workshop(**settings))
        return run_steps(self.store, taken, every, clock, self.root / "retrain" / mine.id, RunLimits(length))

    def close(self) -> None:
        self.store.close()
