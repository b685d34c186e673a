"""AnswerCache: answers to pictures that were sent before, by who sent them and which bundle answered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from assay.predictor import Answer


class CacheKey(NamedTuple):
    """What an answer depends on.

    Attributes:
        picture: HMAC under the subject's secret, so nobody learns what another has sent.
        bundle: hex sha256.
    """

    picture: str
    bundle: str


class AnswerCache:
    """The newest answers, in memory alone; the least used goes first.

    Args:
        most: answers.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[CacheKey, tuple[Answer, dict[str, float]]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: CacheKey) -> tuple[Answer, dict[str, float]] | None:
        """Answer and statistics of the picture; None where there are none."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: CacheKey, answer: Answer, statistics: dict[str, float]) -> None:
        """Keep an answer."""
        with self._lock:
            self._answers[key] = (answer, statistics)
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)

    def clear(self) -> None:
        """Take out everything: whose picture an answer is about, an HMAC does not say."""
        with self._lock:
            self._answers.clear()
