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


class RayLauncher(Launcher):
    """One Ray task for each job; hydra-ray-launcher 1.2 asks for packages that are years old.

    Args:
        settings: those of `assay.launchers.settings.RaySettings`.
    """

    def __init__(self, **settings: Any) -> None:
        self._given = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Check the settings, before any job starts."""
        from assay.launchers.settings import RaySettings, read_settings

        self.settings = read_settings(RaySettings, self._given, package="ray", extra="ray")
        self._context, self._task, self._config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs; gives how each ended, in order.

        Raises:
            StudyError: the cluster does not answer.
        """
        import ray

        from assay.launchers.ray_cluster import connect, gpus_of_a_job
        from assay.launchers.share import Share
        from assay.sweep.jobs.remote_job import RemoteJob

        connect(self.settings, "hydra.launcher")
        gpus = gpus_of_a_job(self.settings)
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
