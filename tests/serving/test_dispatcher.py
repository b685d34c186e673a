"""What asks the engines: side by side where it may be, alone where it has to be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from assay.serving.dispatcher import Dispatcher

LATER = 1e12


class Together:
    """Answers only once two ask at the same time."""

    digest, together = "x", 8

    def __init__(self) -> None:
        self.barrier = threading.Barrier(2)

    def answers(self, images: Any) -> Any:
        self.barrier.wait(30)
        return list(images)


class Slow:
    """Notes who is inside of it, and how many come together."""

    digest = "x"

    def __init__(self, together: int = 8) -> None:
        self.may, self.inside, self.entered = threading.Event(), 0, threading.Event()
        self.together, self.sizes = together, []

    def answers(self, images: Any) -> Any:
        self.sizes.append(len(images))
        self.inside += 1
        self.entered.set()
        self.may.wait(30)
        self.inside -= 1
        return list(images)


@pytest.fixture
def two() -> Iterator[Dispatcher]:
    made = Dispatcher(lambda seconds, pictures: None, threads=2)
    yield made
    made.close()


def test_two_threads_ask_at_the_same_time(two):
    one, other = Together(), Together()
    other.barrier = one.barrier
    futures = [two.submit(engine, 1, LATER) for engine in (one, other)]  # of two engines, so they cannot go together
    assert [future.result(30).answer for future in futures] == [1, 1]


@pytest.mark.parametrize(("together", "sizes"), [(8, [1, 8, 2]), (1, [1] * 11)])
def test_what_waits_goes_together_where_the_engine_gains_by_it(together, sizes):
    alone = Dispatcher(lambda seconds, pictures: None)
    slow = Slow(together)
    first = alone.submit(slow, 0, LATER)
    assert slow.entered.wait(30)
    others = [alone.submit(slow, n, LATER) for n in range(1, 11)]
    slow.may.set()
    assert [each.result(30).answer for each in (first, *others)] == list(range(11))
    assert slow.sizes == sizes
    alone.close()


def test_other_work_is_alone_with_the_engines(two):
    slow, seen = Slow(), []
    before = two.submit(slow, 1, LATER)
    assert slow.entered.wait(30)
    work = two.run(lambda: seen.append(slow.inside) or time.sleep(0.05) or seen.append(slow.inside), LATER, pictures=4)
    behind = two.submit(slow, 2, LATER)
    time.sleep(0.05)
    assert seen == [], "a picture is being asked about"
    slow.may.set()
    work.result(30)
    assert seen == [0, 0]
    assert [each.result(30).answer for each in (before, behind)] == [1, 2]


def test_only_one_picture_that_may_wait_is_asked_about_at_a_time(two):
    slow = Slow()
    futures = [two.submit(slow, n, float("inf"), behind=True) for n in (1, 2)]
    assert slow.entered.wait(30)
    time.sleep(0.05)
    assert slow.inside == 1
    slow.may.set()
    assert [future.result(30).answer for future in futures] == [1, 2]


def test_what_a_picture_takes_is_less_where_two_threads_are_at_work():
    told: list[float] = []
    both = Dispatcher(lambda seconds, pictures: told.append(seconds / pictures), threads=2)
    slow = Slow()
    futures = [both.submit(slow, 1, LATER)]
    assert slow.entered.wait(30)
    other = Slow()
    futures.append(both.submit(other, 2, LATER))
    assert other.entered.wait(30)
    time.sleep(0.2)
    begun = time.monotonic()
    slow.may.set()
    futures[0].result(30)
    assert 0.1 <= told[0] <= 0.15 + time.monotonic() - begun, "half of the 0.2 seconds and more that it took"
    other.may.set()
    both.close()
