"""Jobs of submitit: in processes of this machine with logs, or on a Slurm cluster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from assay.errors import ConfigError, StudyError
from assay.launchers.running import Job, Running, WorkerLostError
from assay.launchers.settings import SubmititLocalSettings, SubmititSlurmSettings


def require_slurm(setting: str) -> None:
    """Refuse Slurm where no job can be submitted.

    Args:
        setting: as typed, for the message, without its value: `hydra/launcher`.

    Raises:
        ConfigError: its programs are not here.
    """
    if missing := [program for program in ("sbatch", "srun") if shutil.which(program) is None]:
        raise ConfigError(
            f"{setting}=submitit_slurm: there is no {missing[0]} here, so no Slurm cluster is in reach; call "
            f"the command on a node that submits jobs, or take {setting}=submitit_local"
        )


def slurm_parameters(settings: SubmititSlurmSettings) -> dict[str, Any]:
    """What sbatch is told, by submitit's names."""
    named = {"name": "job_name", "timeout_min": "time", "mem_gb": "mem"}
    values = asdict(settings)
    del values["submitit_folder"]
    values["gpus_per_node"] = values["gpus_per_node"] or None
    values["mem_gb"] = values["mem_gb"] and f"{values['mem_gb']}G"
    parameters = {named.get(key, key): value for key, value in values.items() if value is not None}
    return {**parameters, "nodes": 1, "ntasks_per_node": 1}


@contextmanager
def silent_children() -> Iterator[None]:
    """Processes that are started inside say nothing: a job has its logs, and at Ctrl-C they would print tracebacks."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def start_local(jobs: Sequence[Job], settings: SubmititLocalSettings) -> list[Running]:
    """Start a process with logs for each job."""
    import submitit

    executor = submitit.LocalExecutor(folder=settings.submitit_folder)
    executor.update_parameters(timeout_min=settings.timeout_min)
    with silent_children():
        return [JobOfSubmitit(executor.submit(job)) for job in jobs]


def start_on_slurm(jobs: Sequence[Job], settings: SubmititSlurmSettings) -> list[Running]:
    """Submit an array of jobs.

    Raises:
        StudyError: Slurm does not take them.
    """
    import submitit

    executor = submitit.SlurmExecutor(folder=settings.submitit_folder, max_num_timeout=0)
    executor.update_parameters(**slurm_parameters(settings))
    try:
        return [JobOfSubmitit(job) for job in executor.map_array(_called, jobs)]
    except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
        raise StudyError(f"launcher=submitit_slurm: sbatch does not take the jobs: {error}") from error


def _called(job: Job) -> Any:
    return job()


class JobOfSubmitit:
    """A job of submitit; see `Running`."""

    def __init__(self, job: Any) -> None:
        self._job = job

    def done(self) -> bool:
        """See `Running`."""
        return bool(self._job.done())

    def result(self) -> Any:
        """See `Running`."""
        from submitit.core.utils import FailedJobError, UncompletedJobError

        try:
            return self._job.result()
        except FailedJobError as error:
            why = str(error).strip().splitlines()[-1]
            raise StudyError(f"{why}; see {self._job.paths.stderr}") from None
        except UncompletedJobError:
            raise WorkerLostError(
                f"job {self._job.job_id} ended without an answer, state {self._job.state}; see {self._job.paths.stderr}"
            ) from None

    def stop(self) -> None:
        """See `Running`."""
        self._job.cancel()
