"""How many cores this process may use."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")
SHARE = "ASSAY_CORES"


def usable_cores() -> int:
    """Cores that this process may use: its affinity, the quota of its container, and its share among several jobs.

    The share is in the environment variable ASSAY_CORES, which the launchers of multiruns set.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if CGROUP_QUOTA.is_file():
        quota, period = CGROUP_QUOTA.read_text().split()
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    share = os.environ.get(SHARE, "")
    return min(cores, max(1, int(share))) if share.isdigit() else cores


def physical_cores() -> int:
    """Physical cores that this process may use, at least 1."""
    import psutil

    return max(1, min(usable_cores(), psutil.cpu_count(logical=False) or 1))
