"""The Ray cluster that jobs go to: one that is there, or one of this machine that starts for this process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from assay.errors import StudyError
from assay.launchers.running import Job, Running, WorkerLostError
from assay.launchers.settings import RaySettings

PATIENCE = 10.0
"""Seconds that a task has to end when it is asked to."""
RETRIES = 2
"""How often a task starts again whose process or machine was lost."""
STORE_BYTES = 80_000_000
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "RAY_COLOR_PREFIX": "0"}


def connect(settings: RaySettings, setting: str) -> None:
    """Connect to the cluster, once for all that this process sends; one that starts here ends with the process.

    Args:
        settings: of the launcher.
        setting: the beginning of its keys as they are typed, for errors: `hydra.launcher`.

    Raises:
        StudyError: the cluster does not answer.
    """
    import logging

    import ray

    if ray.is_initialized():
        return
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    here = settings.address == "local"
    own: dict[str, Any] = {"num_cpus": settings.num_cpus, "object_store_memory": STORE_BYTES} if here else {}
    try:
        ray.init(
            address=settings.address,
            include_dashboard=False if here else None,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": {"OMP_WAIT_POLICY": os.environ["OMP_WAIT_POLICY"]}},
            **own,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise StudyError(
            f"{setting}.address={settings.address}: no Ray cluster answers: {reason}. See `ray status`, "
            f"or take {setting}.address=local"
        ) from error


def gpus_of_a_job(settings: RaySettings) -> float:
    """GPUs that each job asks the connected cluster for."""
    import ray

    if settings.gpus_per_job == "auto":
        return 1 if ray.cluster_resources().get("GPU") else 0
    return settings.gpus_per_job


def room_for(settings: RaySettings, setting: str) -> int:
    """How many jobs the cluster has room for at once, at least 1.

    Raises:
        StudyError: it does not answer.
    """
    import ray

    connect(settings, setting)
    has, gpus = ray.cluster_resources(), gpus_of_a_job(settings)
    most = has.get("CPU", 1) // settings.cpus_per_job
    return max(1, int(min(most, has.get("GPU", 0) // gpus) if gpus else most))


def start_on_ray(jobs: Sequence[Job], settings: RaySettings, setting: str) -> list[Running]:
    """Send jobs to the cluster; one whose process or machine is lost starts again elsewhere.

    Raises:
        StudyError: the cluster does not answer.
    """
    import ray

    connect(settings, setting)
    remote: Any = ray.remote(_called).options(
        num_cpus=settings.cpus_per_job, num_gpus=gpus_of_a_job(settings), max_retries=RETRIES
    )
    return [TaskOfRay(remote.remote(job)) for job in jobs]


def _called(job: Job) -> Any:
    return job()


class TaskOfRay:
    """A job as a task of Ray; see `Running`."""

    def __init__(self, task: Any) -> None:
        self._task = task

    def done(self) -> bool:
        """See `Running`."""
        import ray

        return bool(ray.wait([self._task], timeout=0)[0])

    def result(self) -> Any:
        """See `Running`."""
        import ray
        from ray.exceptions import RayError

        try:
            return ray.get(self._task)
        except RayError as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise WorkerLostError(f"a task of Ray ended without an answer: {lines[0]}") from None

    def stop(self) -> None:
        """See `Running`."""
        import ray

        for forced in (False, True):  # a KeyboardInterrupt there, so that what it has is stored; then a kill
            if self.done():
                return
            ray.cancel(self._task, force=forced)
            ray.wait([self._task], timeout=PATIENCE)
