"""CanaryFollower: a running service tries what a retraining has made, as far as its canary has come."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from assay.errors import AssayError
from assay.serving.arms import Arms, Experiment, Rival, not_comparable
from assay.serving.engine import Engine
from assay.store.canaries import OPEN, SHADOW, Canary, newest_canary
from assay.store.experiments import stopped_before
from assay.store.service_store import ServiceStore

_log = logging.getLogger(__name__)


class CanaryFollower:
    """Looks every so often how far a canary has come, and lets its candidate look on, answer a share, or go.

    What it is told lies in the audit trail, so a service that was started again goes on where it was, and several
    services do the same. An experiment that an operator has asked for is left alone.

    Args:
        store: of the service.
        arms: that are compared.
        load: gives a started engine of what a source names.
        begun: is called when a candidate was put beside the champion.
        seconds: between two looks.
    """

    def __init__(
        self,
        store: ServiceStore,
        arms: Arms,
        load: Callable[[str], Engine],
        begun: Callable[[], None],
        seconds: float,
    ) -> None:
        self._store, self._arms, self._load, self._begun, self._seconds = store, arms, load, begun, seconds
        self._own = arms.experiment is None
        self._after = 0
        self._canary: Canary | None = None
        self._engine: Engine | None = None
        self._refused = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="canary", daemon=True)

    def start(self) -> None:
        """Look every so often from now on."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once.

        Raises:
            ServiceError: the store cannot be read.
        """
        if not self._own:
            return
        with self._store.reading() as connection:
            canary, self._after = newest_canary(connection, self._after)
        self._canary = canary or self._canary
        wanted, present = self._canary, self._arms.experiment
        if wanted is None or wanted.stage not in OPEN or wanted.champion != self._arms.champion.engine.digest:
            if present is not None:
                self._arms.end()
            self._engine = None
            return
        if present is not None and present.name == wanted.experiment:
            return
        if (rival := self._rival(wanted)) is not None:
            with self._store.reading() as connection:
                stopped = stopped_before(connection, wanted.experiment)
            self._arms.begin(rival, stopped=stopped)
            self._begun()

    def _rival(self, canary: Canary) -> Rival | None:
        """The candidate, ready to answer; None where it cannot be had, which is said once."""
        try:
            engine = self._engine
            if engine is None or engine.digest != canary.bundle:
                engine = self._load(canary.source)
            why = not_comparable(self._arms.champion.engine, engine)
            why = why or (
                "" if engine.digest == canary.bundle else "its bundle is another than the one that was judged"
            )
        except AssayError as error:
            engine, why = None, str(error)
        if why or engine is None:
            if self._refused != f"{canary.id} {why}":
                _log.warning("the candidate %s is not tried: %s", canary.source, why)
            self._refused = f"{canary.id} {why}"
            return None
        self._engine = engine
        if canary.stage == SHADOW:
            return Rival(engine, Experiment(canary.experiment, "shadow"))
        return Rival(engine, Experiment(canary.experiment, "challenger", canary.share))

    def _work(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                self.look()
            except Exception:  # the champion answers on, and the next look comes
                _log.exception("how far a canary has come cannot be seen, and is looked for again")
