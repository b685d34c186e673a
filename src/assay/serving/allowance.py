"""Allowance: how often a key may ask, and how often somebody without one may try."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from threading import Timer, current_thread
from typing import cast

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter

from assay.serving.refusal import Refusal

FAILURES_PER_MINUTE = 30
"""Of one peer without a key that opens anything, all clients of a proxy together; those with one are not counted."""

SWEEP_SECONDS = 5.0


@dataclass(frozen=True)
class Left:
    """What a key has left in its minute.

    Attributes:
        limit: requests of a minute.
        remaining: of them.
        reset: seconds until one more is allowed.
    """

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers has them."""
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w=60',
            "RateLimit": f'"minute";r={self.remaining};t={self.reset}',
        }


class SeldomSwept(MemoryStorage):
    """Counts of `limits` in memory, from which what is over is swept every few seconds.

    By itself the library starts a thread for that at every request, and whoever asks waits until the thread is there.
    What is over does not count, swept or not.
    """

    @property
    def timer(self) -> Timer:
        """The sweep; while none is due a thread that is alive, because the library begins another where none is."""
        begun = self._sweep.ident is not None
        return cast("Timer", current_thread()) if begun and time.monotonic() < self._due else self._sweep

    @timer.setter
    def timer(self, sweep: Timer) -> None:
        self._sweep, self._due = sweep, time.monotonic() + SWEEP_SECONDS


class Allowance:
    """Counts in memory, in windows that move: a burst at the turn of a minute counts as one.

    Requests of a minute are counted one by one. Pictures of a day would be too many for that: of them two days are
    counted, and of the day before as much as the last 24 hours reach into it.

    Args:
        per_minute: requests of a key.
        per_day: pictures of a key.
    """

    def __init__(self, per_minute: int, per_day: int) -> None:
        self._minute: RateLimitItem = RateLimitItemPerMinute(per_minute)
        self._day: RateLimitItem = RateLimitItemPerDay(per_day)
        self._failures: RateLimitItem = RateLimitItemPerMinute(FAILURES_PER_MINUTE)
        self._counter = MovingWindowRateLimiter(SeldomSwept())
        self._days = SlidingWindowCounterRateLimiter(SeldomSwept())

    def count_request(self, key: str) -> Left:
        """Count a request of a key.

        Raises:
            Refusal: it has asked too often.
        """
        allowed = self._counter.hit(self._minute, "request", key)
        left = self._left(key)
        if not allowed:
            limit = f"{self._minute.amount} requests a minute"
            raise Refusal("rate", f"This key may make {limit}.", retry_after=left.reset, headers=left.headers)
        return left

    def count_pictures(self, key: str, pictures: int) -> None:
        """Count pictures of a key.

        Raises:
            Refusal: it has sent too many today.
        """
        if not self._days.hit(self._day, "pictures", key, cost=pictures):
            after = _seconds_until(self._days, self._day, "pictures", key)
            raise Refusal("rate", f"This key may send {self._day.amount} pictures a day.", retry_after=after)

    def count_failure(self, peer: str) -> None:
        """Count an attempt of a peer without a key that opens anything.

        Raises:
            Refusal: it has tried too often.
        """
        if not self._counter.hit(self._failures, "failure", peer):
            after = _seconds_until(self._counter, self._failures, "failure", peer)
            raise Refusal("rate", "Too many attempts without a key that opens anything.", retry_after=after)

    def _left(self, key: str) -> Left:
        window = self._counter.get_window_stats(self._minute, "request", key)
        reset = max(0, math.ceil(window.reset_time - time.time()))
        return Left(self._minute.amount, window.remaining, reset)


def _seconds_until(counter: RateLimiter, item: RateLimitItem, *names: str) -> float:
    return max(1.0, counter.get_window_stats(item, *names).reset_time - time.time())
