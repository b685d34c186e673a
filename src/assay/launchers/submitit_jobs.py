"""What submitit is told: parameters of a job of a Slurm cluster, and that there is a cluster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from assay.errors import ConfigError
from assay.launchers.settings import SubmititSlurmSettings


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
