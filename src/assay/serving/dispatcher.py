"""Dispatcher: one thread that asks the engine, and takes together what waits already."""

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
from assay.serving.engine import SIZES, Engine
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
    """Answers pictures in the order in which they come, in one thread: cores are not shared by two forward passes.

    Nothing waits for a batch to fill: what waits when the engine becomes free goes together, up to the largest size, as
    long as it is for the same engine. A picture whose deadline has passed is refused without being asked about. What
    stays behind is asked about alone and only while nothing else waits: it holds others up by one picture at most.

    Args:
        took: is told seconds and number of pictures after each batch that did not stay behind.
    """

    def __init__(self, took: Callable[[float, int], None]) -> None:
        self._took = took
        self._waiting: deque[_Waiting | _Work] = deque()
        self._behind: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name="inference", daemon=True)
        self._thread.start()

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
        """Do something else in the thread, in its turn.

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
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next():
            begun = time.monotonic()
            for each in batch:
                if each.deadline < begun:
                    late = Refusal("busy", "The deadline passed while the picture waited.", retry_after=1.0)
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
            self._took(seconds, len(asked))
        for each, answer in zip(asked, answers, strict=True):
            each.future.set_result(Answered(answer, 1000 * (begun - each.since), 1000 * seconds / len(asked)))

    def _next(self) -> list[_Waiting | _Work]:
        """What goes together next; nothing once it was closed and all is answered."""
        with self._changed:
            while True:
                while not (self._waiting or self._behind or self._ended):
                    self._changed.wait()
                if self._ended:
                    self._leave_behind()
                if not self._waiting and self._behind:
                    self._waiting.append(self._behind.popleft())
                batch: list[_Waiting | _Work] = []
                while self._waiting and len(batch) < SIZES[0]:
                    if batch and not _go_together(batch[0], self._waiting[0]):
                        break
                    each = self._waiting.popleft()
                    if each.future.set_running_or_notify_cancel():
                        batch.append(each)
                if batch or (self._ended and not self._waiting):
                    return batch

    def _leave_behind(self) -> None:
        for each in self._behind:
            each.future.cancel()
        self._behind.clear()


def _go_together(first: _Waiting | _Work, other: _Waiting | _Work) -> bool:
    return isinstance(first, _Waiting) and isinstance(other, _Waiting) and first.engine is other.engine
