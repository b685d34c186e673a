"""Writer: one thread that does all writing, and commits what has come in while it committed before together."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from assay.errors import ServiceError
from assay.failures import words_of
from assay.store.trail import hold_trail

T = TypeVar("T")
MOST = 64
"""Works of one transaction: a commit costs as much for one as for some dozens, and nobody waits long for the first."""
_Work = tuple[Callable[[Connection], Any], "Future[Any]"]


class Writer:
    """Does works in the order in which they were submitted; each stands or falls by itself, all are durable when done.

    Args:
        engine: of the database.
        name: of the database, for messages.
    """

    def __init__(self, engine: Engine, *, name: str) -> None:
        self._engine, self._name = engine, name
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closed = threading.Lock(), [False]
        self._thread = threading.Thread(target=self._work, name="store writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """See `ServiceStore.submit`."""
        lock, closed = self._closed
        future: Future[T] = Future()
        with lock:
            if closed[0]:
                raise ServiceError(f"{self._name}: the store is closed; nothing was written")
            self._waiting.put((work, future))
        return future

    def close(self) -> None:
        """Do what was submitted, then end."""
        lock, closed = self._closed
        with lock:
            if not closed[0]:
                closed[0] = True
                self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        ended = False
        while not ended:
            batch = [self._waiting.get()]
            while len(batch) < MOST and batch[-1] is not None and not self._waiting.empty():
                batch.append(self._waiting.get())
            ended = batch[-1] is None
            works = [each for each in batch if each is not None and each[1].set_running_or_notify_cancel()]
            if works:
                self._commit(works)

    def _commit(self, works: list[_Work]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        failed: list[tuple[Future[Any], BaseException]] = []
        try:
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                hold_trail(connection)
                for work, future in works:
                    try:
                        with connection.begin_nested():
                            done.append((future, work(connection)))
                    except SQLAlchemyError as error:
                        failed.append((future, self._said(error)))
                    except Exception as error:  # of whoever submitted the work, who gets it back
                        failed.append((future, error))
        except SQLAlchemyError as error:
            # Nothing of the transaction stands, so nothing of it may be told as done.
            failed += [(future, self._said(error)) for _, future in works if future not in [each for each, _ in failed]]
            done = []
        for future, result in done:
            future.set_result(result)
        for future, failure in failed:
            future.set_exception(failure)

    def _said(self, error: SQLAlchemyError) -> ServiceError:
        wrapped = ServiceError(f"{self._name}: cannot be written ({words_of(error)}); see that it answers and has room")
        wrapped.__cause__ = error
        return wrapped
