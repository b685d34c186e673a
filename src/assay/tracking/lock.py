"""A lock between processes of one machine, freed by the system when its holder dies."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.errors import TrackingError


@contextmanager
def one_at_a_time(path: Path, *, patience: float = 120.0) -> Iterator[None]:
    """Hold the lock file `path` for the block; others wait.

    Args:
        path: made if missing, and left there.
        patience: seconds to wait for the holder.

    Raises:
        TrackingError: the folder cannot be written, or the holder did not let go in time.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a")
    except OSError as error:
        raise TrackingError(
            f"{path.parent}: the tracking folder cannot be written: {error.strerror}. "
            "Make it writable, or set tracking.uri and tracking.work to another folder"
        ) from error
    with opened:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TrackingError(
                        f"{path}: another process has held this lock for {patience:.0f} s; see who with: fuser {path}"
                    ) from None
                time.sleep(0.05)
        yield
