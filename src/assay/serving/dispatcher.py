"""Dispatcher: the threads that ask engines, and take together what waits already."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from assay.data.image import Pixels
from assay.predictor import Answer
from assay.serving.engine import Engine
from assay.serving.priority import give_way
from assay.serving.refusal import Refusal

T = TypeVar("T")


@dataclass(frozen=True)
class Answered:
    """An answer and what it took.

    Attributes:
        answer: about the picture.
        waited_ms: milliseconds until the engine was free.
        engine_ms: milliseconds of the engine; of several that went together, an equal share.
    """

    answer: Answer
    waited_ms: float
    engine_ms: float


@dataclass(frozen=True)
class _Waiting:
    engine: Engine
    image: Pixels
    deadline: float
    since: float
    future: Future[Answered]
    behind: bool


@dataclass(frozen=True)
class _Work:
    work: Callable[[], Any]
    pictures: int
    deadline: float
    future: Future[Any]


class Dispatcher:
    """Answers pictures in the order in which they come, in a few threads that do nothing else.

    Nothing waits for a batch to fill: what waits when a thread becomes free goes together, as many as the engine gains
    by, as long as it is for the same engine. A picture whose deadline has passed is refused without being asked about.
    What stays behind is asked about alone and only while nothing else waits: it holds others up by one picture at most.
    Other work has the engines for itself, because a map hooks into the network that others would ask.

    Args:
        took: is told seconds and number of pictures after each batch that did not stay behind; seconds are shared among
            the threads that were at work.
        threads: while one is in Python, with the rules behind a network, the network of another computes.
    """

    def __init__(self, took: Callable[[float, int], None], *, threads: int = 1) -> None:
        self._took = took
        self._waiting: deque[_Waiting | _Work] = deque()
        self._behind: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._ended = self._alone = self._looking_back = False
        self._busy = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"inference {n}", daemon=True) for n in range(1, threads + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, engine: Engine, image: Pixels, deadline: float, *, behind: bool = False) -> Future[Answered]:
        """Ask an engine about a decoded picture.

        Args:
            engine: whose answer is wanted.
            image: uint8 RGB [H, W, 3].
            deadline: moment of `time.monotonic` after which nobody wants the answer.
            behind: let all others go first; cancelled when the dispatcher is closed.
        """
        future: Future[Answered] = Future()
        with self._changed:
            queue = self._behind if behind else self._waiting
            queue.append(_Waiting(engine, image, deadline, time.monotonic(), future, behind))
            self._changed.notify()
        return future

    def run(self, work: Callable[[], T], deadline: float, *, pictures: int) -> Future[T]:
        """Do something else in a thread, in its turn, while no other asks an engine.

        Args:
            work: that computes.
            deadline: as in `submit`.
            pictures: that it counts as.
        """
        future: Future[T] = Future()
        with self._changed:
            self._waiting.append(_Work(work, pictures, deadline, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Answer what waits, then end."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        give_way()
        while batch := self._next():
            try:
                self._do_all(batch)
            finally:
                with self._changed:
                    self._busy -= 1
                    self._alone = False
                    self._looking_back &= not _stays_behind(batch)
                    self._changed.notify_all()

    def _do_all(self, batch: list[_Waiting | _Work]) -> None:
        begun = time.monotonic()
        for each in batch:
            if each.deadline < begun:
                late = Refusal("busy", "Its deadline came too near while the picture waited.", retry_after=1.0)
                each.future.set_exception(late)
        asked = [each for each in batch if isinstance(each, _Waiting) and each.deadline >= begun]
        if asked:
            self._answer(asked, begun)
        for each in batch:
            if isinstance(each, _Work) and each.deadline >= begun:
                self._do(each, begun)

    def _do(self, asked: _Work, begun: float) -> None:
        try:
            result = asked.work()
        except Exception as error:  # as for an answer
            asked.future.set_exception(error)
            return
        self._took(time.monotonic() - begun, asked.pictures)
        asked.future.set_result(result)

    def _answer(self, asked: list[_Waiting], begun: float) -> None:
        try:
            answers = asked[0].engine.answers([each.image for each in asked])
        except Exception as error:  # the client gets it, and the thread goes on with others
            for each in asked:
                each.future.set_exception(error)
            return
        seconds = time.monotonic() - begun
        if not asked[0].behind:
            self._took(seconds / self._busy, len(asked))
        for each, answer in zip(asked, answers, strict=True):
            each.future.set_result(Answered(answer, 1000 * (begun - each.since), 1000 * seconds / len(asked)))

    def _next(self) -> list[_Waiting | _Work]:
        """What goes together next; nothing once it was closed and all is answered."""
        with self._changed:
            while True:
                if self._ended:
                    self._leave_behind()
                if self._behind and not (self._waiting or self._looking_back or self._alone):
                    self._waiting.append(self._behind.popleft())
                if batch := self._taken():
                    self._busy += 1
                    self._alone = isinstance(batch[0], _Work)
                    self._looking_back |= _stays_behind(batch)
                    return batch
                if self._ended and not self._waiting:
                    return []
                self._changed.wait()

    def _taken(self) -> list[_Waiting | _Work]:
        """What can be begun now and goes together; nothing where there is nothing, or somebody is to be alone."""
        batch: list[_Waiting | _Work] = []
        while self._waiting and not self._alone:
            first = self._waiting[0]
            if (isinstance(first, _Work) and self._busy) or (batch and not _go_together(batch, first)):
                break
            each = self._waiting.popleft()
            if each.future.set_running_or_notify_cancel():
                batch.append(each)
        return batch

    def _leave_behind(self) -> None:
        for each in self._behind:
            each.future.cancel()
        self._behind.clear()


def _stays_behind(batch: list[_Waiting | _Work]) -> bool:
    first = batch[0]
    return isinstance(first, _Waiting) and first.behind


def _go_together(batch: list[_Waiting | _Work], other: _Waiting | _Work) -> bool:
    """Whether another goes along with those that were taken."""
    first = batch[0]
    if not (isinstance(first, _Waiting) and isinstance(other, _Waiting)):
        return False
    return first.engine is other.engine and len(batch) < first.engine.together
