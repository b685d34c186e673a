"""What a key may ask: counted without a thread for each request, and nothing of it stays for ever."""

from __future__ import annotations

import threading

import pytest
from limits import RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter

from assay.serving import allowance
from assay.serving.allowance import Allowance, SeldomSwept
from assay.serving.refusal import Refusal


@pytest.fixture
def begun(monkeypatch) -> list[str]:
    """A name for each thread that was started."""
    names: list[str] = []
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        names.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    return names


def wait_for_sweeps() -> None:
    """Until every sweep that was begun is over: the library begins another one at a request after that."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(10)


def test_requests_after_a_sweep_begin_no_other_one_within_its_seconds(begun):
    counted = Allowance(per_minute=600, per_day=10_000)
    made = len(begun)
    for _ in range(50):
        wait_for_sweeps()
        counted.count_request("key")
        counted.count_pictures("key", 1)
    assert len(begun) - made <= 2, "one of each storage, were they five seconds old by now"


def test_a_limit_holds_whether_what_is_over_was_swept_or_not():
    counted = Allowance(per_minute=3, per_day=100)
    lefts = [counted.count_request("key").remaining for _ in range(3)]
    assert lefts == [2, 1, 0]
    with pytest.raises(Refusal, match="3 requests a minute"):
        counted.count_request("key")
    assert counted.count_request("another").remaining == 2


def test_what_is_over_is_swept_out_of_memory(monkeypatch):
    monkeypatch.setattr(allowance, "SWEEP_SECONDS", 0.0)
    storage = SeldomSwept()
    counter, one = MovingWindowRateLimiter(storage), RateLimitItemPerSecond(100)
    for _ in range(50):
        counter.hit(one, "old")
    wait_for_sweeps()
    assert storage.events
    for event in (old := next(iter(storage.events.values()))):
        event.expiry = event.atime - 10
    counter.hit(one, "new")
    sweep = storage.timer
    assert isinstance(sweep, threading.Timer)
    sweep.join(10)
    assert not any(events and events[0] is old[0] for events in storage.events.values())
