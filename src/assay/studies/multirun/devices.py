"""One GPU for each of several jobs on a machine: who comes takes a free one, and gives it back when it ends."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"


def visible_devices(found: int, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the GPUs that this process may use, as CUDA_VISIBLE_DEVICES has them.

    Args:
        found: how many there are, with the variable as it is.
        environment: of the process.
    """
    named = environment.get(VISIBLE)
    if named is None:
        return tuple(map(str, range(found)))
    return tuple(name.strip() for name in named.split(",") if name.strip())[:found]


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
    place = folder or Path(tempfile.gettempdir()) / f"assay-devices-{os.getuid()}"
    place.mkdir(parents=True, exist_ok=True)
    for jobs_there in count():
        for device in devices:
            name = re.sub(r"[^\w.-]", "_", device)
            with (place / f"{name}.{jobs_there}").open("a") as opened:
                try:
                    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield device
                return
