"""Jobs that tests send to other processes; importable by name there."""

from __future__ import annotations

import atexit
import os
import signal
import time
from pathlib import Path


def squared(number: int) -> int:
    return number * number


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def waits(noted: str) -> None:
    Path(f"{noted}.part").write_text(str(os.getpid()))
    Path(f"{noted}.part").rename(noted)
    time.sleep(600)


def unloads_slowly(noted: str, closed: str) -> None:
    """Waits, closes what it has open when it is asked to end, and leaves libraries that take their time to unload."""
    from assay.tracking.interrupt import termination_raises

    atexit.register(time.sleep, 60)
    with termination_raises():
        try:
            waits(noted)
        finally:
            Path(closed).touch()
