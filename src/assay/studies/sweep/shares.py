"""What each of several workers on one machine may use: its share of the cores, and one of the GPUs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

THREADS, DEVICES = "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"


def share(worker: int, workers: int, environment: Mapping[str, str], *, cores: int, gpus: int) -> dict[str, str]:
    """Environment variables that leave a worker its share; what a person has set stays as it is.

    Args:
        worker: which one, from 0.
        workers: how many there are.
        environment: of the first worker, before any share.
        cores: that this machine lets us use.
        gpus: how many it has.
    """
    given: dict[str, str] = {}
    if workers < 2:
        return given
    if THREADS not in environment:
        given[THREADS] = str(max(1, cores // workers))
    visible = visible_devices(environment, gpus)
    if len(visible) > 1:
        given[DEVICES] = visible[worker % len(visible)]
    return given


def visible_devices(environment: Mapping[str, str], gpus: int) -> list[str]:
    """The CUDA devices that a process may use, as CUDA_VISIBLE_DEVICES names them; the list ends at a wrong one.

    Args:
        environment: of the process.
        gpus: how many the machine has.
    """
    told = environment.get(DEVICES)
    if told is None:
        return [str(index) for index in range(gpus)]
    found: list[str] = []
    for name in (part.strip() for part in told.split(",")):
        if not (name.isdigit() or name.startswith(("GPU-", "MIG-"))):
            break
        found.append(name)
    return found


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed_gpus() -> int:
    """NVIDIA GPUs of this machine, asked without importing torch; 0 when none can be seen."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return sum(path.name.removeprefix("nvidia").isdigit() for path in Path("/dev").glob("nvidia[0-9]*"))
    try:
        listed = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith("GPU ") for line in listed.splitlines())
