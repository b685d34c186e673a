"""The Ray cluster that jobs go to: one that is there, or one of this machine that starts for this process."""

from __future__ import annotations

import os
from typing import Any

from assay.errors import StudyError
from assay.launchers.settings import RaySettings

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
