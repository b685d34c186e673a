"""Elsewhere: a launcher by its name, with its settings: how many jobs there are at once, and where they run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from assay.errors import ConfigError
from assay.launchers.here import start_here
from assay.launchers.running import Job, Running
from assay.launchers.settings import (
    JoblibSettings,
    RaySettings,
    SubmititLocalSettings,
    SubmititSlurmSettings,
    read_settings,
)
from assay.launchers.share import Share, even_share

PLACE = "launcher"


@dataclass(frozen=True)
class Elsewhere:
    """Where jobs go.

    Attributes:
        at_once: how many jobs there are at once, and what each may use, given how many there are at most.
        start: sends jobs.
    """

    at_once: Callable[[int], tuple[int, Share]]
    start: Callable[[Sequence[Job]], list[Running]]


def elsewhere(launcher: str, workers: int | None, values: Mapping[str, Any], folder: Path) -> Elsewhere:
    """The launcher of this name, once its settings are right and its packages are here.

    Args:
        launcher: its name, local, or as an option of `hydra/launcher` is called.
        workers: how many jobs at once; None for as many as suit it.
        values: of its settings, by name.
        folder: for the logs of submitit.

    Raises:
        ConfigError: a package is missing, a setting is wrong, or Slurm is not here.
    """
    return _LAUNCHERS[launcher](workers, values, folder)


def _local(workers: int | None, values: Mapping[str, Any], folder: Path) -> Elsewhere:
    if values:
        raise ConfigError(f"{PLACE}.{next(iter(values))}: the launcher local has no settings; leave it out")
    return Elsewhere(partial(even_share, workers or "auto"), start_here)


def _joblib(workers: int | None, values: Mapping[str, Any], folder: Path) -> Elsewhere:
    settings = read_settings(JoblibSettings, values, package="joblib", extra="joblib", place=PLACE)

    def start(jobs: Sequence[Job]) -> list[Running]:
        from assay.launchers.joblib_processes import start_in_joblib

        return start_in_joblib(jobs)

    return Elsewhere(partial(even_share, workers or settings.n_jobs), start)


def _submitit_local(workers: int | None, values: Mapping[str, Any], folder: Path) -> Elsewhere:
    values = {"submitit_folder": str(folder), **values}
    settings = read_settings(SubmititLocalSettings, values, package="submitit", extra="submitit", place=PLACE)

    def start(jobs: Sequence[Job]) -> list[Running]:
        from assay.launchers.submitit_jobs import start_local

        return start_local(jobs, settings)

    return Elsewhere(partial(even_share, workers or settings.n_jobs), start)


def _submitit_slurm(workers: int | None, values: Mapping[str, Any], folder: Path) -> Elsewhere:
    from assay.launchers.submitit_jobs import require_slurm

    values = {"submitit_folder": str(folder), **values}
    settings = read_settings(SubmititSlurmSettings, values, package="submitit", extra="submitit", place=PLACE)
    if workers is None:
        raise ConfigError("workers: a value is needed; say how many jobs Slurm is to have at once")
    require_slurm(PLACE)

    def start(jobs: Sequence[Job]) -> list[Running]:
        from assay.launchers.submitit_jobs import start_on_slurm

        return start_on_slurm(jobs, settings)

    return Elsewhere(lambda most: (min(workers, most), Share()), start)


def _ray(workers: int | None, values: Mapping[str, Any], folder: Path) -> Elsewhere:
    settings = read_settings(RaySettings, values, package="ray", extra="ray", place=PLACE)
    if settings.address == "local" and settings.num_cpus is None and workers is not None:
        settings = replace(settings, num_cpus=workers * settings.cpus_per_job)
    threads = None if "OMP_NUM_THREADS" in os.environ else settings.cpus_per_job

    def at_once(most: int) -> tuple[int, Share]:
        from assay.launchers.ray_cluster import room_for

        return min(most, workers or room_for(settings, PLACE)), Share(settings.cpus_per_job, threads)

    def start(jobs: Sequence[Job]) -> list[Running]:
        from assay.launchers.ray_cluster import start_on_ray

        return start_on_ray(jobs, settings, PLACE)

    return Elsewhere(at_once, start)


_LAUNCHERS = {
    "local": _local,
    "joblib": _joblib,
    "submitit_local": _submitit_local,
    "submitit_slurm": _submitit_slurm,
    "ray": _ray,
}
