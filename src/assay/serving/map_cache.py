"""MapCache: maps of answers for whoever looks at the same picture again; in memory alone, and for minutes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from assay.serving.answer_cache import CacheKey
from assay.serving.explanation import Explanation

MOST, SECONDS = 64, 600.0
"""Maps at most, and how long each is kept: a map shows its picture, which is nobody's to keep."""


class MapCache:
    """The newest maps, by picture and bundle; the least used goes first.

    Args:
        clock: seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._maps: OrderedDict[CacheKey, tuple[float, Explanation]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: CacheKey) -> Explanation | None:
        """The map of a picture's answer; None where there is none."""
        with self._lock:
            self._drop_old()
            if key not in self._maps:
                return None
            self._maps.move_to_end(key)
            return self._maps[key][1]

    def put(self, key: CacheKey, explanation: Explanation) -> None:
        """Keep a map for some minutes."""
        with self._lock:
            self._drop_old()
            self._maps[key] = (self._clock(), explanation)
            while len(self._maps) > MOST:
                self._maps.popitem(last=False)

    def clear(self) -> None:
        """Take out everything."""
        with self._lock:
            self._maps.clear()

    def _drop_old(self) -> None:
        before = self._clock() - SECONDS
        for key in [key for key, (made, _) in self._maps.items() if made < before]:
            del self._maps[key]
