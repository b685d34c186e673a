"""Admission: what can be answered in time is let in, everything else is told at once when to come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assay.serving.refusal import Refusal

WEIGHT = 0.1
"""Of the newest picture in the running mean of what one takes."""
FIRST_GUESS = 0.05
"""Seconds that a picture is taken to need before any was answered."""
HALVED = 5.0
"""Seconds without a picture after which what one takes is taken to be half of it."""
LONGER = 1.15
"""Times the mean wait that hardly any request takes; by the mean itself, half of those let in last would come late."""
LAST = 0.1
"""Of the time in which an answer is wanted: for the answer itself, its line in the log, and its way back."""
QUEUE = 8
"""Pictures, its own among them, from which on a request's wait tells how fast a queue moves."""


@dataclass(frozen=True)
class Ticket:
    """A request that was let in.

    Attributes:
        pictures: in it.
        begin_by: moment of `time.monotonic` after which nothing of it is begun, because it would come too late.
        entered: moment at which it was let in.
        queue: pictures that were inside then, its own among them.
    """

    pictures: int
    begin_by: float
    entered: float
    queue: int


class Admission:
    """Counts the pictures of requests that were let in, and knows how long one takes.

    The wait of a new request is the pictures before it times what each has taken lately, and a little: the engine, or
    longer where queues have moved slower than the engine alone, because refusing others takes its time too. One whose
    wait is longer than its deadline is refused before anything is decoded: its answer would come too late and cost
    others theirs.
    While nothing is at work nobody learns that pictures take less by now, so what a slow moment has left fades by
    itself: or one would be refused for good by a service that does nothing.

    Args:
        most: pictures that may wait or be at work.
        clock: seconds.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._inside = 0
        self._each, self._queued, self._learned = FIRST_GUESS, 0.0, clock()
        self.closed = False

    @property
    def inside(self) -> int:
        """Pictures that were let in and are not answered."""
        return self._inside

    @property
    def seconds_each(self) -> float:
        """What a picture takes, the running mean."""
        each = max(self._each, self._queued)
        if self._inside or each <= FIRST_GUESS:
            return each
        return max(FIRST_GUESS, each * 0.5 ** ((self._clock() - self._learned) / HALVED))

    def wait_for(self, pictures: int) -> float:
        """Seconds within which so many more pictures would be answered, but for a few."""
        return LONGER * (self._inside + pictures) * self.seconds_each

    def refuse_now(self, pictures: int, seconds: float) -> None:
        """Return where such a request would be let in now.

        Raises:
            Refusal: as `admitted` does.
        """
        with self._lock:
            self._refuse(pictures, seconds, accepted=False)

    @contextmanager
    def admitted(self, pictures: int, seconds: float, *, accepted: bool = False) -> Iterator[Ticket]:
        """Let a request in for the block.

        Args:
            pictures: in it.
            seconds: within which its answer is wanted.
            accepted: whether it came before the service was told to end, and is answered although that has happened.

        Raises:
            Refusal: it would not be answered in time, there is no room, or the service is ending.
        """
        with self._lock:
            self._refuse(pictures, seconds, accepted=accepted)
            self._inside += pictures
            queue = self._inside
        now = self._clock()
        try:
            yield Ticket(pictures, now + (1 - LAST) * seconds, now, queue)
        finally:
            with self._lock:
                self._inside -= pictures

    def took(self, seconds: float, pictures: int) -> None:
        """Note what some pictures took together."""
        if pictures:
            with self._lock:
                self._each += WEIGHT * (seconds / pictures - self._each)
                self._learned = self._clock()

    def passed(self, ticket: Ticket) -> None:
        """Note how long a request that an engine answered has waited behind others."""
        if ticket.queue >= QUEUE:
            with self._lock:
                self._queued += WEIGHT * ((self._clock() - ticket.entered) / ticket.queue - self._queued)
                self._learned = self._clock()

    def _refuse(self, pictures: int, seconds: float, *, accepted: bool) -> None:
        if self.closed and not accepted:
            raise Refusal("draining", "The service was told to end and takes nothing new.", retry_after=5)
        wait = self.wait_for(pictures)
        if self._inside + pictures > self._most or wait > seconds:
            raise self._busy(pictures, seconds, wait)

    def _busy(self, pictures: int, seconds: float, wait: float) -> Refusal:
        full = self._inside + pictures > self._most
        why = (
            f"{self._inside} pictures wait, and at most {self._most} may"
            if full
            else f"{self._inside} pictures come first, which takes up to {wait:.1f} s; {seconds:.1f} s are allowed"
        )
        after = max(1.0, wait - seconds if not full else self.seconds_each * pictures)
        return Refusal("busy", f"{why}.", retry_after=after, more={"queue": self._inside})
