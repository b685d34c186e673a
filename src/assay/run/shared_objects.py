"""What trainings in one process share: made once while a `sharing` block lasts, and made every time outside of one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from assay.files import digest_of

T = TypeVar("T")

KEPT_OF_A_KIND = 4


class SharedObjects:
    """Things that take long to make, by what they are made from; of each kind the few that were used last.

    What is handed out is shared: whoever wants to change it takes a copy.
    """

    def __init__(self) -> None:
        self._kept: dict[str, OrderedDict[str, Any]] = {}

    def once(self, kind: str, made_from: Any, make: Callable[[], T]) -> T:
        """See the function of this name."""
        kept, key = self._kept.setdefault(kind, OrderedDict()), digest_of(made_from)
        if key not in kept:
            kept[key] = make()
        kept.move_to_end(key)
        while len(kept) > KEPT_OF_A_KIND:
            kept.popitem(last=False)
        return kept[key]


_current: ContextVar[SharedObjects | None] = ContextVar("shared_objects", default=None)


@contextmanager
def sharing() -> Iterator[None]:
    """Inside, trainings share what `once` makes; a block inside another one shares with it.

    Images, weights and code are taken to stay as they are while the block lasts.
    """
    if _current.get() is not None:
        yield
        return
    token = _current.set(SharedObjects())
    try:
        yield
    finally:
        _current.reset(token)


def once(kind: str, made_from: Any, make: Callable[[], T]) -> T:
    """What `make` gives; inside a `sharing` block what it gave the first time.

    Args:
        kind: of thing; four of a kind are kept.
        made_from: everything that the thing depends on, as JSON takes it.
        make: makes it.
    """
    current = _current.get()
    return make() if current is None else current.once(kind, made_from, make)


def is_sharing() -> bool:
    """Whether a `sharing` block lasts."""
    return _current.get() is not None
