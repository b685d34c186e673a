"""Unused memory: what many pictures at once have taken goes back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import time

EVERY = 5.0
"""Seconds between two times that it is given back: meanwhile other threads wait for memory, for milliseconds."""


class UnusedMemory:
    """Has the C library return what was freed; glibc keeps it for the next burst, which may never come."""

    def __init__(self) -> None:
        self._due = time.monotonic() + EVERY

    def look(self) -> None:
        """Give it back where that is due."""
        if time.monotonic() >= self._due:
            give_back()
            self._due = time.monotonic() + EVERY


def give_back() -> None:
    """Give it back now; does nothing where the C library is not glibc."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
