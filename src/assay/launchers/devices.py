"""One GPU for each of several jobs on a machine: who comes takes a free one, and gives it back when it ends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from assay.database.locks import LockHeldError, file_lock

VISIBLE = "CUDA_VISIBLE_DEVICES"


def visible_devices(environment: Mapping[str, str], gpus: int) -> tuple[str, ...]:
    """The GPUs that a process may use, as CUDA_VISIBLE_DEVICES names them; the list ends at a name that cannot be one.

    Args:
        environment: of the process.
        gpus: how many the machine has.
    """
    listed = environment.get(VISIBLE)
    if listed is None:
        return tuple(map(str, range(gpus)))
    devices: list[str] = []
    for name in (part.strip() for part in listed.split(",")):
        if not (name.isdigit() or name.startswith(("GPU-", "MIG-"))):
            break
        devices.append(name)
    return tuple(devices)


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


@contextmanager
def one_of(devices: Sequence[str], folder: Path | None = None) -> Iterator[str | None]:
    """Inside, one device is this process's: a free one, or one of those that fewest jobs share; None without devices.

    It is held by a lock on a file, so that the device is free again however the process ends, and several multiruns of
    one person share a machine.

    Args:
        devices: names, see `visible_devices`.
        folder: for the lock files; None takes one of the person's in the system's temporary folder.
    """
    if not devices:
        yield None
        return
    locks = folder or Path(tempfile.gettempdir()) / f"assay-devices-{os.getuid()}"
    locks.mkdir(parents=True, exist_ok=True)
    for sharing in count():
        for device in devices:
            name = re.sub(r"[^\w.-]", "_", device)
            with ExitStack() as held:
                try:
                    held.enter_context(file_lock(locks / f"{name}.{sharing}", patience=0))
                except LockHeldError:
                    continue
                yield device
                return
