"""Locks between processes that see one file; the system lets go of them when their holder dies, however it dies."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import TrackingError

if TYPE_CHECKING:
    from filelock import BaseFileLock

HOLDER = "process "
"""How the line begins that a holder writes into its lock file."""


class LockHeldError(TrackingError):
    """Another process holds a lock, and did not let go in time.

    Attributes:
        holder: e.g. `process 12 on HOST since 2026-01-01T00:00:00Z`; "another process" where that is not known.
    """

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder

    def __reduce__(self) -> tuple[type[LockHeldError], tuple[str, str]]:
        return type(self), (str(self), self.holder)


@contextmanager
def file_lock(path: Path, *, patience: float = 120.0) -> Iterator[None]:
    """Hold the lock file `path` for the block; other processes and threads wait.

    Args:
        path: made if missing, and left there with a line that says who held it last.
        patience: seconds to wait for the holder.

    Raises:
        LockHeldError: the holder did not let go in time.
        TrackingError: the folder cannot be written, or its file system has no locks.
    """
    from filelock import Timeout

    lock = native_lock(path, on_acquired=_sign)
    try:
        # Filelock takes a folder in which no file can be made for one whose lock is held, and waits.
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o644))
        lock.acquire(timeout=patience)
    except Timeout as error:
        holder = _holder(path)
        raise LockHeldError(
            f"{path}: this lock is held by {holder}, and was not free within {patience:.0f} s; "
            "wait until that has finished, or stop it",
            holder,
        ) from error
    except OSError as error:
        raise TrackingError(
            f"{path}: no lock can be taken in this folder: {error.strerror}. "
            "Make it writable, or choose another folder, e.g. by tracking.uri and tracking.work"
        ) from error
    try:
        yield
    finally:
        lock.release()


def native_lock(
    path: Path, *, poll_interval: float = 0.05, on_acquired: Callable[[int], None] | None = None
) -> BaseFileLock:
    """Filelock's lock of the operating system, never the substitute that outlives a killed holder.

    Args:
        path: of the lock file.
        poll_interval: seconds between two attempts to take it.
        on_acquired: called with the open file's descriptor whenever the lock was taken.
    """
    from filelock import FileLock  # loads within 40 ms, which a command that locks nothing spares itself

    return FileLock(path, poll_interval=poll_interval, preserve_lock_file=True, on_acquired=on_acquired)


def _sign(descriptor: int) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A full disk costs the signature, not the lock.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{HOLDER}{os.getpid()} on {socket.gethostname()} since {since}\n".encode())


def _holder(path: Path) -> str:
    try:
        signed = path.read_text(errors="replace")[:300].strip()
    except OSError:
        signed = ""
    return signed if signed.startswith(HOLDER) else "another process"
