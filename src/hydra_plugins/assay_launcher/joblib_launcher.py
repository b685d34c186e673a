"""`hydra/launcher=joblib`: several jobs at once, in processes of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class JoblibLauncher(Launcher):
    """Hydra's plugin for joblib, with a share of the machine for each job.

    Args:
        settings: those of `assay.launchers.settings.JoblibSettings`.
    """

    def __init__(self, **settings: Any) -> None:
        self._given = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Check the settings, before any job starts."""
        from assay.launchers.settings import JoblibSettings, read_settings

        package = "hydra_plugins.hydra_joblib_launcher"
        self.settings = read_settings(JoblibSettings, self._given, package=package, extra="joblib")
        self._context, self._task, self._config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs; gives how each ended, in order.

        Raises:
            StudyError: a process died, and joblib ended the others with it.
        """
        from hydra_plugins.hydra_joblib_launcher import joblib_launcher
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        from assay.errors import StudyError
        from assay.launchers.share import even_share
        from assay.sweep.jobs.remote_job import RemoteJob

        at_once, share = even_share(self.settings.n_jobs, len(job_overrides))
        theirs = joblib_launcher.JoblibLauncher(n_jobs=at_once, pre_dispatch="n_jobs", batch_size=1)
        job = RemoteJob(self._task, share, Path.cwd()) if at_once > 1 else self._task
        theirs.setup(hydra_context=self._context, task_function=job, config=self._config)
        try:
            return theirs.launch(job_overrides, initial_job_idx)
        except TerminatedWorkerError as error:
            raise StudyError(
                "hydra/launcher=joblib: a process was killed, perhaps for want of memory, and joblib ended the others "
                "with it. What had finished is recorded. Give a smaller hydra.launcher.n_jobs, or take "
                "hydra/launcher=submitit_local, whose processes know nothing of each other"
            ) from error
