"""`hydra/launcher=ray`: each job a task of a Ray cluster, or of this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, filter_overrides, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

PATIENCE = 10.0
STORE_BYTES = 80_000_000
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "RAY_COLOR_PREFIX": "0"}


class RayLauncher(Launcher):
    """One Ray task for each job; hydra-ray-launcher 1.2 asks for packages that are years old.

    Args:
        settings: those of `assay.sweep.jobs.settings.RaySettings`.
    """

    def __init__(self, **settings: Any) -> None:
        self._given = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Check the settings, before any job starts."""
        from assay.sweep.jobs.settings import RaySettings, read_settings

        self.settings = read_settings(RaySettings, self._given, package="ray", extra="ray")
        self._context, self._task, self._config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs; gives how each ended, in order.

        Raises:
            StudyError: the cluster does not answer.
        """
        import ray

        from assay.sweep.jobs.remote_job import RemoteJob
        from assay.sweep.jobs.share import Share

        self._connect()
        gpus = self.settings.gpus_per_job
        if gpus == "auto":
            gpus = 1 if ray.cluster_resources().get("GPU") else 0
        cores = self.settings.cpus_per_job
        threads = None if "OMP_NUM_THREADS" in os.environ else cores
        job = RemoteJob(self._task, Share(cores, threads), Path.cwd())
        remote: Any = ray.remote(run_one)
        shared = ray.put((self._context, self._config, job, Singleton.get_state()))
        tasks = [
            remote.options(name=f"job {number}", num_cpus=cores, num_gpus=gpus, max_retries=0).remote(
                shared, list(words), number
            )
            for number, words in enumerate(job_overrides, initial_job_idx)
        ]
        try:
            return [_result(task, words) for task, words in zip(tasks, job_overrides, strict=True)]
        except BaseException:
            for forced in (False, True):  # a KeyboardInterrupt there, so that a run says how it ended; then a kill
                left = ray.wait(tasks, num_returns=len(tasks), timeout=0)[1]
                for task in left:
                    ray.cancel(task, force=forced)
                if left:
                    ray.wait(left, num_returns=len(left), timeout=PATIENCE)
            raise

    def _connect(self) -> None:
        """Connect to the cluster, once for all launches of this process; one that starts here ends with the process."""
        import logging

        import ray

        from assay.errors import StudyError

        if ray.is_initialized():
            return
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        here = self.settings.address == "local"
        own: dict[str, Any] = {"num_cpus": self.settings.num_cpus, "object_store_memory": STORE_BYTES} if here else {}
        try:
            ray.init(
                address=self.settings.address,
                include_dashboard=False if here else None,
                logging_level=logging.ERROR,
                runtime_env={"env_vars": {"OMP_WAIT_POLICY": os.environ["OMP_WAIT_POLICY"]}},
                **own,
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise StudyError(
                f"hydra.launcher.address={self.settings.address}: no Ray cluster answers: {reason}. See `ray status`, "
                "or take hydra.launcher.address=local"
            ) from error


def run_one(shared: tuple[HydraContext, DictConfig, TaskFunction, Any], words: list[str], number: int) -> JobReturn:
    """One job, where Ray has put it."""
    context, config, task, singletons = shared
    setup_globals()
    Singleton.set_state(singletons)
    composed = context.config_loader.load_sweep_config(config, words)
    with open_dict(composed):
        composed.hydra.job.id = f"{composed.hydra.job.name}_{number}"
        composed.hydra.job.num = number
    return run_job(
        hydra_context=context,
        config=composed,
        task_function=task,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )


def _result(task: Any, words: Sequence[str]) -> JobReturn:
    """What a job gave; one whose process died has failed, and no other."""
    import ray
    from ray.exceptions import RayError

    from assay.errors import StudyError

    try:
        result: JobReturn = ray.get(task)
        return result
    except RayError as error:
        lines = str(error).strip().splitlines()
        why = StudyError(f"its process ended without an answer: {lines[0] if lines else type(error).__name__}")
        return JobReturn(overrides=list(filter_overrides(words)), status=JobStatus.FAILED, _return_value=why)
