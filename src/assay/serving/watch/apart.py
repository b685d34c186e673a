"""ApartObserver: a part of a look in a process of its own, which gives way to those that answer.

A calibrating look computes for a minute. In a thread of the service it would hold Python's lock again and again while
somebody waits for his answer, and its matrices would take the cores of the network.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from assay.errors import AssayError, ServiceError
from assay.monitoring.observation import Observation, Observer, Scene

NICE = 10
"""By which the process gives way; with the most there is, a machine that is busy would never see its look end."""


@dataclass(frozen=True)
class ApartObserver:
    """Observes in a process of its own where there is something to compute.

    Attributes:
        observer: that is meant; it and what it looks at are sent there.
    """

    observer: Observer

    @property
    def part(self) -> str:
        """Of the look."""
        return str(getattr(self.observer, "part", "other"))

    def __call__(self, scene: Scene) -> Observation:
        """See `Observer`.

        Raises:
            AssayError: what the observer itself raises.
            ServiceError: the process has died, so that the look is taken anew.
        """
        if scene.profile is None or scene.window is None or not scene.window.enough:
            return self.observer(scene)
        context: Any = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
        ours, theirs = context.Pipe(duplex=False)
        # A daemon is ended with the service: nobody waits for its look.
        process = context.Process(
            target=_observe, args=(theirs, self.observer, scene), name=f"assay {self.part}", daemon=True
        )
        process.start()
        theirs.close()
        try:
            outcome = ours.recv()
        except EOFError as error:
            process.join()
            raise ServiceError(
                f"the process of the look has died ({self.part}, exit code {process.exitcode})"
            ) from error
        finally:
            ours.close()
            process.join()
        if isinstance(outcome, Observation):
            return outcome
        raise outcome


def _observe(connection: Connection, observer: Observer, scene: Scene) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends this process
    if hasattr(os, "nice"):
        os.nice(NICE)
    from threadpoolctl import threadpool_limits

    outcome: Observation | AssayError
    with threadpool_limits(1):
        try:
            outcome = observer(scene)
        except AssayError as error:
            outcome = error
    connection.send(outcome)
    connection.close()
