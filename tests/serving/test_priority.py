"""What computes gives way to what talks with clients, and nothing else does."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from assay.serving.dispatcher import Dispatcher
from assay.serving.priority import NICER, behind_others

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")


def nice_of_this_thread() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_what_is_made_behind_others_and_the_threads_that_it_starts_give_way_and_whoever_waits_does_not():
    own = nice_of_this_thread()
    seen: list[int] = []

    def work() -> str:
        seen.append(nice_of_this_thread())
        inner = threading.Thread(target=lambda: seen.append(nice_of_this_thread()))
        inner.start()
        inner.join()
        return "made"

    assert behind_others(work) == "made"
    assert seen == [min(19, own + NICER)] * 2
    assert nice_of_this_thread() == own


def test_where_the_system_forbids_it_the_work_is_done_all_the_same(monkeypatch):
    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden)
    assert behind_others(lambda: "made") == "made"


def test_whoever_waits_gets_the_error():
    with pytest.raises(ZeroDivisionError):
        behind_others(lambda: 1 / 0)


def test_threads_that_ask_engines_give_way():
    dispatcher = Dispatcher(lambda seconds, pictures: None)
    asked = dispatcher.run(nice_of_this_thread, deadline=float("inf"), pictures=1)
    assert asked.result(10) == min(19, nice_of_this_thread() + NICER)
    dispatcher.close()
