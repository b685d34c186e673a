"""Jobs that tests send to other processes; importable by name there."""

from __future__ import annotations

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
