"""Holder: the engine that answers now; another takes its place whole, once it has been held against its bundle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from assay.serving.engine import Engine
from assay.store.ids import now


@dataclass(frozen=True)
class LoadAttempt:
    """An attempt to let another model answer.

    Attributes:
        time: UTC.
        source: what names the model.
        bundle: hex sha256 of it; "" where it was not even found.
        error: why it does not answer; "" where it does.
    """

    time: str
    source: str
    bundle: str
    error: str


@dataclass
class Holder:
    """Holds the engine. Whoever takes it keeps it for as long as he needs it, whatever comes after.

    Attributes:
        engine: that answers now.
        since: UTC.
        attempts: the newest attempts to let another one answer, the last one last.
    """

    engine: Engine
    since: str = field(default_factory=now)
    attempts: list[LoadAttempt] = field(default_factory=list)

    def swap(self, engine: Engine) -> None:
        """Let another engine answer from now on."""
        self.engine, self.since = engine, now()

    def note(self, attempt: LoadAttempt, *, most: int = 20) -> None:
        """Keep what became of an attempt."""
        self.attempts = [*self.attempts, attempt][-most:]


class Poller:
    """Looks every so often whether another model is to answer, loads it beside the old one, and swaps.

    A model that cannot be loaded leaves the old one answering, and is tried again only once there is another.

    Args:
        holder: of the engine.
        wanted: gives source and digest of what should answer now.
        load: gives a started engine of it.
        seconds: between two looks.
        notify: is called after each attempt.
    """

    def __init__(
        self,
        holder: Holder,
        wanted: Callable[[], tuple[str, str]],
        load: Callable[[], Engine],
        seconds: float,
        notify: Callable[[LoadAttempt], None],
    ) -> None:
        self._holder, self._wanted, self._load, self._notify = holder, wanted, load, notify
        self._seconds, self._refused = seconds, ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="poller", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """Look once, and swap where another model is to answer."""
        source = digest = ""
        try:
            source, digest = self._wanted()
            if not digest or digest in (self._holder.engine.digest, self._refused):
                return
            engine = self._load()
            if engine.digest == self._holder.engine.digest:
                return
            self._holder.swap(engine)
            attempt = LoadAttempt(now(), source, engine.digest, "")
            self._refused = ""
        except Exception as error:  # whatever it is, the old model answers on and the next look comes
            self._refused = digest
            attempt = LoadAttempt(now(), source, digest, str(error) or type(error).__name__)
            last = self._holder.attempts[-1:]
            if last and (last[0].bundle, last[0].error) == (attempt.bundle, attempt.error):
                return  # said already: a registry that is away for an hour is one line
        self._holder.note(attempt)
        self._notify(attempt)

    def _work(self) -> None:
        while not self._ended.wait(self._seconds):
            self.look()
