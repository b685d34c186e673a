"""`hydra/launcher=submitit_local` and `submitit_slurm`: each job a process or a job of a cluster, with its own logs."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus, filter_overrides
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

PACKAGE, EXTRA = "hydra_plugins.hydra_submitit_launcher", "submitit"
PATIENCE = 15.0


class SubmititLocalLauncher(Launcher):
    """Jobs in processes of this machine that outlive each other's end.

    Args:
        settings: those of `assay.launchers.settings.SubmititLocalSettings`.
    """

    def __init__(self, **settings: Any) -> None:
        self._given = plain(settings)

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Check the settings, before any job starts."""
        from assay.launchers.settings import SubmititLocalSettings, read_settings

        self.settings = read_settings(SubmititLocalSettings, self._given, package=PACKAGE, extra=EXTRA)
        self._context, self._task, self._config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs; gives how each ended, in order."""
        import submitit
        from hydra_plugins.hydra_submitit_launcher.submitit_launcher import LocalLauncher

        from assay.launchers.share import even_share
        from assay.launchers.submitit_jobs import silent_children
        from assay.sweep.jobs.remote_job import RemoteJob

        at_once, share = even_share(self.settings.n_jobs, len(job_overrides))
        theirs = LocalLauncher()
        job = RemoteJob(self._task, share, Path.cwd())
        theirs.setup(hydra_context=self._context, task_function=job, config=self._config)
        executor = submitit.LocalExecutor(folder=self.settings.submitit_folder)
        executor.update_parameters(timeout_min=self.settings.timeout_min)
        calls = _calls(job_overrides, initial_job_idx)
        waiting = deque(range(len(calls)))
        running: dict[int, Any] = {}
        results: dict[int, JobReturn] = {}
        try:
            while waiting or running:
                while waiting and len(running) < at_once:
                    number = waiting.popleft()
                    with silent_children():
                        running[number] = executor.submit(theirs, *calls[number])
                    _started(calls, number, running[number])
                _collect(running, calls, results)
                time.sleep(0.1)
        except BaseException:
            _end(list(running.values()))
            raise
        return [results[number] for number in range(len(calls))]


class SubmititSlurmLauncher(Launcher):
    """Jobs of a Slurm cluster, submitted together.

    Args:
        settings: those of `assay.launchers.settings.SubmititSlurmSettings`.
    """

    def __init__(self, **settings: Any) -> None:
        self._given = plain(settings)

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Check the settings, and that there is a cluster, before any job starts."""
        from assay.launchers.settings import SubmititSlurmSettings, read_settings
        from assay.launchers.submitit_jobs import require_slurm

        self.settings = read_settings(SubmititSlurmSettings, self._given, package=PACKAGE, extra=EXTRA)
        require_slurm("hydra/launcher")
        self._context, self._task, self._config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Submit the jobs and wait for them; gives how each ended, in order.

        Raises:
            StudyError: Slurm does not take the jobs.
            JobsGoOn: interrupted; the jobs stay in Slurm's queue.
        """
        import submitit
        from hydra_plugins.hydra_submitit_launcher.submitit_launcher import SlurmLauncher

        from assay.errors import StudyError
        from assay.launchers.share import Share
        from assay.launchers.submitit_jobs import slurm_parameters
        from assay.output import say
        from assay.sweep.jobs.multirun import JobsGoOn
        from assay.sweep.jobs.remote_job import RemoteJob

        theirs = SlurmLauncher()
        job = RemoteJob(self._task, Share(), Path.cwd())
        theirs.setup(hydra_context=self._context, task_function=job, config=self._config)
        executor = submitit.SlurmExecutor(folder=self.settings.submitit_folder, max_num_timeout=0)
        executor.update_parameters(**slurm_parameters(self.settings))
        calls = _calls(job_overrides, initial_job_idx)
        try:
            jobs = executor.map_array(theirs, *zip(*calls, strict=True))
        except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
            raise StudyError(f"hydra/launcher=submitit_slurm: sbatch does not take the jobs: {error}") from error
        for index, submitted in enumerate(jobs):
            _started(calls, index, submitted)
        running, results = dict(enumerate(jobs)), dict[int, JobReturn]()
        try:
            while running:
                _collect(running, calls, results)
                time.sleep(1)
        except (KeyboardInterrupt, SystemExit) as error:
            ids = sorted({submitted.job_id.partition("_")[0] for submitted in jobs})
            say(
                f"interrupted; the jobs stay in Slurm's queue and are recorded. To end them: scancel {' '.join(ids)}",
                to_stderr=True,
            )
            raise JobsGoOn from error
        return [results[number] for number in range(len(calls))]


def plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings without OmegaConf's containers."""
    values = OmegaConf.to_container(OmegaConf.create(settings), resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def _calls(job_overrides: Sequence[Sequence[str]], first: int) -> list[tuple[Any, ...]]:
    """Arguments of the plugin's call for each job."""
    from hydra.core.singleton import Singleton

    return [
        (list(words), "hydra.sweep.dir", first + index, f"job_id_for_{first + index}", Singleton.get_state())
        for index, words in enumerate(job_overrides)
    ]


def _started(calls: Sequence[tuple[Any, ...]], index: int, job: Any) -> None:
    from assay.output import say
    from assay.sweep.jobs.multirun import telling

    words, number = calls[index][0], calls[index][2]
    log = os.path.relpath(job.paths.stdout)
    say(f"job {number + 1} ({telling(words, [call[0] for call in calls])}): log {log}", to_stderr=True)


def _collect(running: dict[int, Any], calls: Sequence[tuple[Any, ...]], results: dict[int, JobReturn]) -> None:
    """Move the jobs that have ended from those that run to the results."""
    from assay.output import say
    from assay.sweep.jobs.multirun import described

    for index, job in list(running.items()):
        if not job.done():
            continue
        del running[index]
        words, number = list(calls[index][0]), calls[index][2]
        results[index] = _result(job, filter_overrides(words))
        failed = results[index].status != JobStatus.COMPLETED
        say(
            f"job {number + 1} " + (f"failed: {described(results[index]._return_value)}" if failed else "finished"),
            to_stderr=True,
        )


def _result(job: Any, words: Sequence[str]) -> JobReturn:
    """What a job gave; one whose process ended without an answer has failed."""
    from submitit.core.utils import FailedJobError, UncompletedJobError

    from assay.errors import StudyError

    try:
        result: JobReturn = job.results()[0]
        return result
    except FailedJobError as error:
        why = str(error).strip().splitlines()[-1]
    except UncompletedJobError:
        why = f"ended without an answer (killed, or out of time or memory), state {job.state}"
    return JobReturn(
        overrides=list(words), status=JobStatus.FAILED, _return_value=StudyError(f"{why}; see {job.paths.stderr}")
    )


def _end(jobs: Sequence[Any]) -> None:
    """Interrupt jobs, and wait until they are gone."""
    for job in jobs:
        job.cancel()
    deadline = time.monotonic() + PATIENCE
    while any(not job.done() for job in jobs) and time.monotonic() < deadline:
        time.sleep(0.05)
