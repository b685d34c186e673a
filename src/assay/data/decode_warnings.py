"""Decode warnings: what Pillow says of a file that it decodes all the same, by the thread that it says it in."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MOST = 300  # characters that are kept
_KINDS = (UserWarning, RuntimeWarning, ResourceWarning)


class DecodeWarnings:
    """Collects warnings of threads side by side, while it is `collecting`."""

    def __init__(self) -> None:
        self._own = threading.local()

    def begin(self) -> None:
        """What is said from here on in this thread is about another file."""
        self._own.messages = []

    @property
    def text(self) -> str:
        """What was said since, each sentence once; "" for nothing."""
        return "; ".join(dict.fromkeys(getattr(self._own, "messages", [])))[:_MOST]

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Take warnings while files are decoded, instead of showing them.

        Entered once around all threads: filters of warnings are of the process, and switching them in each thread
        would lose some.
        """
        with warnings.catch_warnings():
            show = warnings.showwarning

            def note(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
                messages = getattr(self._own, "messages", None)
                if messages is None or not issubclass(category, _KINDS):
                    show(message, category, *where, **more)
                else:
                    messages.append(" ".join(str(message).split()))

            for kind in _KINDS:
                warnings.simplefilter("always", kind)
            warnings.showwarning = note
            yield
