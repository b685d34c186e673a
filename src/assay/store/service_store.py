"""ServiceStore: the service's database, opened: its tables as this version needs them, one writer, many readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine

from assay.database.url import without_password
from assay.errors import ServiceError
from assay.failures import words_of
from assay.store.engine import service_engine
from assay.store.migrations.migrate import ensure_tables
from assay.store.writer import Writer

T = TypeVar("T")


class ServiceStore:
    """The database of a service. Use it as a context manager, or `close` it.

    What is written goes through one thread that commits what has come in meanwhile together; a `Future` is done when
    its row is durable. Reading goes over connections of its own.

    Args:
        url: of a SQLite file or a PostgreSQL database.

    Raises:
        ServiceError: it cannot be reached or written, or was made by a newer version of Assay.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        ensure_tables(url)
        self._engine: Engine = service_engine(url)
        self._writer = Writer(self._engine, name=without_password(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Let the writer do this work; the future is done once it is durable, or has its error.

        Args:
            work: is called with a connection in a transaction, from another thread; must be short.

        Raises:
            ServiceError: the store is closed.
        """
        return self._writer.submit(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do this work and wait until it is durable.

        Raises:
            ServiceError: the database does not take it.
        """
        return self.submit(work).result()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read over.

        Raises:
            ServiceError: the database does not answer.
        """
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise ServiceError(f"{without_password(self.url)}: cannot be read ({words_of(error)})") from error

    def close(self) -> None:
        """Write what was submitted, then let go of everything."""
        self._writer.close()
        self._engine.dispose()
