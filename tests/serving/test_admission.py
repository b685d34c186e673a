"""What can be answered in time is let in; the rest is told at once when to come back."""

from __future__ import annotations

import contextlib

import pytest

from assay.serving.admission import Admission
from assay.serving.refusal import Refusal


def test_a_request_is_let_in_while_the_pictures_before_it_leave_time_for_it():
    admission = Admission(100)
    for _ in range(200):
        admission.took(1.0, 10)
    assert admission.seconds_each == pytest.approx(0.1, rel=1e-3)
    with contextlib.ExitStack() as held:
        for inside in range(1, 11):
            held.enter_context(admission.admitted(1, 1.16))  # ten take 1 s in the mean, and 1.15 s hardly ever
            assert admission.inside == inside
        with pytest.raises(Refusal) as refused:
            held.enter_context(admission.admitted(1, 1.16))
        assert refused.value.more == {"queue": 10}
        assert refused.value.retry_after == 1.0
        held.enter_context(admission.admitted(1, 5.0))
    assert admission.inside == 0


def test_whoever_is_told_to_come_back_is_told_after_how_much_too_much_there_is():
    admission = Admission(1000)
    for _ in range(200):
        admission.took(1.0, 10)
    with admission.admitted(100, 60.0), pytest.raises(Refusal) as refused, admission.admitted(1, 2.0):
        pass
    assert refused.value.retry_after == pytest.approx(1.15 * 101 * 0.1 - 2.0, rel=1e-3)


def test_no_more_wait_than_may_and_what_left_makes_room_also_after_an_error():
    admission = Admission(3)
    with contextlib.suppress(ZeroDivisionError), admission.admitted(3, 60.0):
        with pytest.raises(Refusal), admission.admitted(1, 60.0):
            pass
        raise ZeroDivisionError
    with admission.admitted(3, 60.0):
        assert admission.inside == 3


def test_what_is_begun_late_would_come_late():
    clock = [100.0]
    with Admission(3, clock=lambda: clock[0]).admitted(1, 2.0) as ticket:
        assert ticket.begin_by == pytest.approx(101.8)


def test_nothing_new_is_let_in_once_it_is_closed():
    admission = Admission(3)
    admission.closed = True
    with pytest.raises(Refusal) as refused, admission.admitted(1, 60.0):
        pass
    assert refused.value.name == "draining"


def test_what_a_slow_moment_has_left_refuses_nobody_for_good():
    moment = [0.0]
    admission = Admission(100, clock=lambda: moment[0])
    admission.took(100.0, 1)
    with pytest.raises(Refusal):
        admission.refuse_now(1, 2.0)
    moment[0] = 60.0
    admission.refuse_now(1, 2.0)
    with admission.admitted(1, 2.0), pytest.raises(Refusal):
        admission.refuse_now(1, 2.0)


def test_queues_that_move_slower_than_the_engine_are_planned_with():
    clock = [0.0]
    admission = Admission(1000, clock=lambda: clock[0])
    for _ in range(200):
        admission.took(0.01, 1)
    for _ in range(100):
        with admission.admitted(9, 60.0), admission.admitted(1, 60.0) as last:
            clock[0] += 1.0
            admission.passed(last)
    assert admission.seconds_each == pytest.approx(0.1, rel=1e-3), "ten pictures took a second"
    for _ in range(100):
        with admission.admitted(10, 60.0) as last:
            clock[0] += 0.02
            admission.passed(last)
    assert admission.seconds_each == pytest.approx(0.01, rel=1e-2), "the queue is as fast as the engine again"


def test_a_request_that_met_no_queue_says_nothing_about_queues():
    clock = [0.0]
    admission = Admission(1000, clock=lambda: clock[0])
    before = admission.seconds_each
    with admission.admitted(1, 60.0) as alone:
        clock[0] += 30.0
        admission.passed(alone)
    assert admission.seconds_each == before
