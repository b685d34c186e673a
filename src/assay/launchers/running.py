"""Running: one call of a function that a launcher has sent to another process, whichever launcher that was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from assay.errors import AssayError

Job = Callable[[], Any]
"""What is sent: it can be pickled, and is importable by name. It gives what goes wrong, as `portable` makes it, and
raises nothing: not every launcher hands on an error as what it was."""


class WorkerLostError(AssayError):
    """The process ended without an answer: it was killed, or its machine is gone."""


class Running(Protocol):
    """A job elsewhere."""

    def done(self) -> bool:
        """Whether it has ended, in whichever way."""

    def result(self) -> Any:
        """What it gave, once it has ended.

        Raises:
            WorkerLostError: its process ended without an answer.
            StudyError: it could not be started.
        """

    def stop(self) -> None:
        """Ask it to end; it is gone when this returns, or soon after."""
