"""Guard: counts what champion and rival do while an experiment goes on, and stops a rival that does harm."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from assay.errors import ServiceError
from assay.serving.arms import CHAMPION
from assay.serving.guard_memory import GuardMemory
from assay.serving.harm import HitCount, keys_above, level_of_look, p_more_of_pairs, p_more_often, slower_by
from assay.store.experiment_counts import ArmCounts
from assay.store.prediction_log import PredictionRecord

FIRST_LOOK, GROWTH = 20, 1.5
"""Answers or failures of the rival before the first look, and how many times as many before each one after it."""
KEPT_MS, FEWEST_OF_A_KEY = 5_000, 5
"""Newest times of each arm, and pictures of a key before its share counts."""
_log = logging.getLogger(__name__)


@dataclass
class _Counts:
    """What one arm has done."""

    requests: int = 0
    failures: int = 0
    ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_MS))
    asked: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    rejected: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def of(cls, kept: ArmCounts) -> _Counts:
        """What was counted before."""
        asked, rejected = defaultdict(int, kept.asked), defaultdict(int, kept.for_a_person)
        return cls(kept.requests, kept.failures, deque(kept.ms, maxlen=KEPT_MS), asked, rejected)

    @property
    def failing(self) -> HitCount:
        return HitCount(self.failures, self.requests)

    @property
    def rejecting(self) -> list[float]:
        """Share of each key's pictures that a person should look at."""
        return [self.rejected[key] / n for key, n in self.asked.items() if n >= FEWEST_OF_A_KEY]


class Guard:
    """Looks at a rival when it has answered 20 pictures, then at 30, 45, …, and asks three questions each time.

    Does it fail more often than the champion (a failure of its own: the champion answered the same pictures)? Does it
    hand more to a person: with a challenger, of the keys that the lot has given it, with a shadow, of the same
    pictures? Is it slower in the engine, where the queue that both share does not count? One yes at the look's level
    (`harm.level_of_look`) stops it. Counts are of two bundles, looks of the experiment; with a memory both go on where
    the service of before has ended.

    Args:
        stop: is called with the reason, from another thread.
        memory: that outlasts the service; None for none.
    """

    def __init__(self, stop: Callable[[str], object], memory: GuardMemory | None = None) -> None:
        self._stop, self._memory = stop, memory
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="guard")
        self._looks = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """Count from what was counted of these bundles before, if anything: the service starts, or an arm is swapped.

        Raises:
            ServiceError: the store cannot be read.
        """
        bundles = None if self._memory is None else self._memory.bundles
        kept = None
        if self._memory is not None and bundles is not None:
            kept = self._memory.counts(bundles, newest=KEPT_MS)
        with self._lock:
            self._bundles = bundles
            self._champion = _Counts() if kept is None else _Counts.of(kept.champion)
            self._rival = _Counts() if kept is None else _Counts.of(kept.rival)
            self._rival_alone = 0 if kept is None else kept.rival_alone
            self._champion_alone = 0 if kept is None else kept.champion_alone
            self._next = FIRST_LOOK if kept is None else max(FIRST_LOOK, kept.next_look)

    def answered(self, arm: str, records: Sequence[PredictionRecord]) -> None:
        """Count a request that an arm has answered."""
        with self._lock:
            counts = self._of(arm)
            counts.requests += 1
            for record in records:
                counts.asked[record.key] += 1
                counts.rejected[record.key] += record.for_a_person
                if record.engine_ms:
                    counts.ms.append(record.engine_ms)
        self._look_when_due()

    def failed(self, arm: str) -> None:
        """Count a request that an arm has failed at, and which the other one was not failed by."""
        with self._lock:
            counts = self._of(arm)
            counts.requests += 1
            counts.failures += 1
            bundles = self._bundles
        if self._memory is not None and bundles is not None:
            with contextlib.suppress(ServiceError):  # the service is ending
                self._memory.failed(bundles, arm)
        self._look_when_due()

    def paired(self, champion: PredictionRecord, shadow: PredictionRecord) -> None:
        """Count what a shadow said about a picture that the champion has answered."""
        with self._lock:
            self._rival.requests += 1
            if shadow.engine_ms:
                self._rival.ms.append(shadow.engine_ms)
                self._rival_alone += shadow.for_a_person and not champion.for_a_person
                self._champion_alone += champion.for_a_person and not shadow.for_a_person
        self._look_when_due()

    def look(self) -> str:
        """Ask the three questions, and stop the rival where one is answered by yes.

        Returns:
            Why it is stopped; "" where it is not.

        Raises:
            ServiceError: the look cannot be counted, so it is not taken.
        """
        with self._lock:
            bundles, upcoming = self._bundles, self._next
        if self._memory is not None and bundles is not None:
            look = self._memory.looks(bundles, upcoming)
        else:
            look = self._looks + 1
        with self._lock:
            self._looks = look
            why = self._harm(level_of_look(look))
        if why:
            self._stop(f"{why}, at look {self._looks}")
        return why

    def close(self) -> None:
        """Look no more."""
        self._thread.shutdown()

    def _of(self, arm: str) -> _Counts:
        return self._champion if arm == CHAMPION else self._rival

    def _look_when_due(self) -> None:
        with self._lock:
            if self._rival.requests < self._next:
                return
            self._next = math.ceil(GROWTH * self._rival.requests)
        try:
            self._thread.submit(self._look_safely)
        except RuntimeError:
            return  # the service is ending

    def _look_safely(self) -> None:
        try:
            self.look()
        except Exception:  # the next look comes
            _log.exception("the rival could not be looked at")

    def _harm(self, level: float) -> str:
        champion, rival = self._champion, self._rival
        if (p := p_more_often(rival.failing, champion.failing)) < level:
            return f"it failed more often: {rival.failing} requests, the champion {champion.failing} (p = {p:.2g})"
        if (p := p_more_of_pairs(self._rival_alone, self._champion_alone)) < level:
            alone = f"{self._rival_alone} pictures that the champion kept, against {self._champion_alone}"
            return f"it handed more to a person: {alone} (p = {p:.2g})"
        theirs, ours = keys_above(rival.rejecting, champion.rejecting)
        if (p := p_more_often(theirs, ours)) < level:
            above = f"above the median are {theirs} keys, of the champion {ours}"
            return f"it handed more to a person: {above} (p = {p:.2g})"
        if (bounds := slower_by(rival.ms, champion.ms, level=level)) is not None:
            low, high = bounds
            return (
                f"it was slower: 95 % of the time up to {low:.0f} ms or more, the champion up to {high:.0f} ms or less"
            )
        return ""
