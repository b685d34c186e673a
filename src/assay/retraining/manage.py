"""`assay retrain`: what was retrained, what would be, and what is due."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from omegaconf import DictConfig

from assay.registry.open_registry import who
from assay.retraining.clock import JobClock, MachineClock
from assay.retraining.clock_loop import keep_time
from assay.retraining.due import DueResult, RetrainJob, due
from assay.retraining.job import JobRun
from assay.retraining.once import once
from assay.retraining.plan import RetrainPlan, plan
from assay.retraining.read_signals import read_signals
from assay.retraining.request import RetrainRequest
from assay.retraining.rows import StepRecord, attempts, named_run, runs
from assay.retraining.steps.build import retraining_steps
from assay.serving.places import existing_store, kept_folder, store_url
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore
from assay.tracking.interrupt import termination_raises


@dataclass(frozen=True)
class StatusResult:
    """Runs, the oldest first.

    Attributes:
        runs: of a job, or of all.
        attempts: of the one run that was asked for; () where none was.
    """

    runs: tuple[JobRun, ...]
    attempts: tuple[StepRecord, ...] = ()


Result = StatusResult | RetrainPlan | DueResult


def manage_retraining(request: RetrainRequest, config: DictConfig, clock: JobClock | None = None) -> Result:
    """Do what is asked.

    Args:
        request: what.
        config: checked; where runs are recorded, and which model is meant.
        clock: of the machine without it.

    Raises:
        ConfigError: a setting cannot be.
        ServiceError: there is no store, or it does not answer.
    """
    clock = clock or MachineClock()
    with existing_store(store_url(config, request.store)) as store:
        if request.deed == "status":
            return _status(store, request)
        job = _job(store, request, config)
        if request.deed == "plan":
            return plan(store, job, clock.now(), slots=request.slots)
        job = replace(job, steps=retraining_steps(request, config, store))
        with termination_raises():
            if request.deed == "once":
                actor = who(request.by)
                return once(store, job, clock, actor=actor, anyway=request.anyway, again=request.run)
            if request.deed == "due":
                return due(store, job, clock)
            return DueResult(keep_time(store, job, clock, threading.Event(), every=request.every))


def _status(store: ServiceStore, request: RetrainRequest) -> StatusResult:
    with store.reading() as connection:
        if request.run:
            run = named_run(connection, request.run)
            return StatusResult((run,), tuple(attempts(connection, run.id)))
        return StatusResult(tuple(runs(connection, request.job, newest=request.newest)))


def _job(store: ServiceStore, request: RetrainRequest, config: DictConfig) -> RetrainJob:
    url = store_url(config, request.store)
    pictures = KeptPictures(kept_folder(url, request.kept))
    beside = Path(config.tracking.work).expanduser().parent / "retrain"
    folder = Path(request.folder).expanduser() if request.folder else beside
    asked = request.settings
    signals = partial(read_signals, pictures=pictures, count=asked.alert_labels, agreed=asked.agreed)
    return RetrainJob(request.job_name, asked, (), folder / request.job_name, signals)
