"""Priority: what computes answers gives way to what talks with clients, or an overloaded service stops listening.

Where more is asked than can be answered, two networks' threads and the event loop want the same cores, and the system
shares them evenly. The loop then falls behind with its refusals, which are what keeps a service from being overrun.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

NICER = 5
"""Steps of `nice`, which leave a third of the loop's share where cores are short, and all of it where they are not."""
NICEST = 19


def give_way() -> None:
    """Have the thread that calls, and those that it starts from now on, give way; on Linux alone, where threads can.

    A sandbox that forbids it has a service that answers, and is slower to refuse.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, min(NICEST, os.getpriority(os.PRIO_PROCESS, thread) + NICER))


def behind_others(work: Callable[[], T]) -> T:
    """What some work gives that is done in a thread of its own, because a thread cannot take back that it gave way.

    A runtime that is made so computes so: its threads are started by the one that makes it.
    """
    future: Future[T] = Future()

    def do() -> None:
        give_way()
        try:
            future.set_result(work())
        except BaseException as error:  # whoever waits gets it
            future.set_exception(error)

    threading.Thread(target=do, name="loading", daemon=True).start()
    return future.result()
