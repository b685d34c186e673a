"""Ledger: the table in which the histories of all models lie, and the one way to write a line into it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, Text, create_engine, inspect
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from assay.database.engine import open_engine
from assay.database.locks import LockHeldError, file_lock
from assay.database.made_whole import create_tables
from assay.database.reachable import ensure_reachable, is_read_only
from assay.database.server_lock import server_lock
from assay.database.url import absolute_url, database_kind, sqlite_file, sqlite_url, with_driver, without_password
from assay.deploy.mlflow import sealed_entry
from assay.deploy.mlflow.sealed_entry import MOVES, TABLE
from assay.errors import ChampionChanged, GateError, TrackingError
from assay.registry.history import HistoryEntry, entry_after
from assay.tracking.client import tracking_errors

DATABASES = ("sqlite", "postgresql", "mysql")
REMEDY = "See whether the database still answers; the same command can be run again"
ATTEMPTS = 100

HISTORY = Table(
    TABLE,
    MetaData(),
    Column("model", String(255), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("time", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("author", String(255), nullable=False),
    Column("content", Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
)

BEGUN = Table(
    sealed_entry.BEGUN,
    HISTORY.metadata,
    Column("model", String(255), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("seal", String(64), nullable=False),
    Column("recovered", Integer, nullable=False),
)
"""What a process has begun and not finished: written before aliases and tags are, and taken away after them.

Of a promotion that has no entry yet, number 0 and the digest of its bundle; of an entry whose aliases have still to be
written, its number and hash. It lies with the history, where nobody writes through MLflow.
"""


@dataclass(frozen=True)
class Begun:
    """What was begun and not finished.

    Attributes:
        number: of the entry whose aliases have still to be written; 0 for a promotion without an entry.
        seal: the entry's hash, or the digest of the bundle that was to be promoted.
        recovered: whether another command has finished it since, while who began it has not heard of it.
    """

    number: int
    seal: str
    recovered: bool = False


class BusyError(GateError):
    """Another process is writing the registry of this model right now."""


def history_url(tracking_uri: str, history: str | None) -> str:
    """The database that holds the history.

    Args:
        tracking_uri: of the tracking store, which holds the history too when it is a database.
        history: URL of a database, or path of a SQLite file; None takes the tracking database.

    Raises:
        GateError: neither names a database that can hold it.
    """
    if history is None:
        if tracking_uri.startswith("http"):
            raise GateError(
                f"{without_password(tracking_uri)} is a tracking server, whose database cannot be reached from here; "
                "set registry.history to a database that all who promote can write: postgresql://USER@HOST/DATABASE, "
                "or the path of a SQLite file on this machine"
            )
        history = tracking_uri
    if "://" not in history:
        return sqlite_url(Path(history).expanduser())
    if database_kind(history) not in DATABASES:
        raise GateError(
            f"{without_password(history)}: the history is kept in SQLite, PostgreSQL or MySQL; name such a database in "
            "registry.history"
        )
    try:
        return absolute_url(with_driver(history), key="registry.history")
    except TrackingError as error:
        raise GateError(str(error)) from error


class Ledger:
    """The histories of all models in one database; the table is made when it is missing.

    Lines are only ever added. Who adds one that moves the champion says which move he saw last; the primary key (model,
    number) lets one of two writers in and sends the other back to look again.

    Args:
        url: of the database, from `history_url`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._held: Connection | None = None

    def __repr__(self) -> str:
        return f"Ledger({without_password(self.url)!r})"

    def entries(self, model: str) -> list[HistoryEntry]:
        """All lines of a model, by number."""
        with self._connected("reading the history") as connection:
            return entries_of(connection, model)

    def models(self) -> list[str]:
        """Names of the models that have a history, sorted."""
        with self._connected("reading the history") as connection:
            return models_of(connection)

    def append(
        self, model: str, kind: str, author: str, content: Mapping[str, Any], *, seen: int | None = None
    ) -> HistoryEntry:
        """Add a line, and give it as written.

        Args:
            model: name of the registered model.
            kind: of the line.
            author: who asked for it.
            content: what it says; JSON values.
            seen: number of the last entry that moved the champion, as the writer saw it; None for a line that does not
                depend on the champion.

        Raises:
            ChampionChanged: the champion was moved since; nothing was written.
            TrackingError: the database does not answer.
        """
        for attempt in range(ATTEMPTS):
            with self._connected("writing the history") as connection:
                if self._engine.dialect.name == "sqlite":
                    # Otherwise two readers wait for each other to let them write.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                last = _last(connection, model)
                if seen is not None:
                    _ensure_unchanged(connection, model, seen)
                entry = entry_after(last, model, kind, author[:255], content)
                try:
                    connection.execute(HISTORY.insert().values(**asdict(entry)))
                    if entry.moves:
                        _begin(connection, model, Begun(entry.number, entry.hash))
                    connection.commit()
                    return entry
                except IntegrityError:
                    connection.rollback()
            time.sleep(0.01 * min(attempt, 20))
        raise TrackingError(
            f"{without_password(self.url)}: others kept writing the history of {model}; run the command again"
        )

    def begin(self, model: str, bundle_digest: str) -> None:
        """Note that a version is about to be made for a promotion that has no entry yet."""
        with self._connected("writing the history") as connection:
            _begin(connection, model, Begun(0, bundle_digest))
            connection.commit()

    def begun(self, model: str) -> Begun | None:
        """What was begun and not finished; None for nothing."""
        with self._connected("reading the history") as connection:
            row = connection.execute(BEGUN.select().where(BEGUN.c.model == model)).first()
            return None if row is None else Begun(row.number, row.seal, bool(row.recovered))

    def recovered(self, model: str) -> None:
        """Note that what was begun is done, and that who began it may ask for it once more."""
        with self._connected("writing the history") as connection:
            connection.execute(BEGUN.update().where(BEGUN.c.model == model).values(recovered=1))
            connection.commit()

    def finish(self, model: str) -> None:
        """Note that nothing is left to do."""
        with self._connected("writing the history") as connection:
            connection.execute(BEGUN.delete().where(BEGUN.c.model == model))
            connection.commit()

    @contextmanager
    def alone(self, model: str, *, patience: float = 900.0) -> Iterator[None]:
        """Hold a model's registry for the block, on whatever machine; the holder's death lets go of it.

        This spares others useless work and tells what a killed process left from what a living one is doing. That only
        one of two promotions wins does not rest on it, but on `append`. In a server's database the lines of the block
        are written over the connection that holds the lock, so that whoever lost it cannot write.

        Args:
            model: name of the registered model.
            patience: seconds to wait for the holder.

        Raises:
            BusyError: the holder did not let go in time.
        """
        engine, file = self._engine, sqlite_file(self.url)
        with ExitStack() as held:
            try:
                if file is not None:
                    held.enter_context(file_lock(file.with_name(f".{file.name}.registry.lock"), patience=patience))
                else:
                    with tracking_errors("locking the registry", self.url, REMEDY):
                        lock = server_lock(engine, ["assay registry", model], patience=patience)
                        self._held = held.enter_context(lock)
            except LockHeldError as error:
                raise BusyError(
                    f"{model}: {error.holder} is writing its registry right now; wait until it has finished"
                ) from error
            try:
                yield
            finally:
                self._held = None

    @contextmanager
    def _connected(self, doing: str) -> Iterator[Connection]:
        with tracking_errors(doing, self.url, REMEDY):
            if self._held is not None:
                try:
                    yield self._held
                finally:
                    with contextlib.suppress(SQLAlchemyError):
                        self._held.rollback()
                return
            with self._engine.connect() as connection:
                yield connection

    @cached_property
    def is_read_only(self) -> bool:
        """Whether it is a file that can be read and not be written."""
        return is_read_only(sqlite_file(self.url))

    @cached_property
    def _engine(self) -> Engine:
        file = sqlite_file(self.url)
        try:
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
            ensure_reachable(self.url, called="history", key="registry.history", writable=not self.is_read_only)
            engine = open_engine(self.url)
        except OSError as error:
            raise GateError(f"{without_password(self.url)}: cannot be opened: {error.strerror or error}") from error
        if self.is_read_only and not set(HISTORY.metadata.tables) <= set(inspect(engine).get_table_names()):
            engine = create_engine("sqlite://", poolclass=StaticPool)  # nobody has written one, and nobody can
        create_tables(engine, HISTORY.metadata)
        return engine


def _begin(connection: Connection, model: str, begun: Begun) -> None:
    connection.execute(BEGUN.delete().where(BEGUN.c.model == model))
    connection.execute(
        BEGUN.insert().values(model=model, number=begun.number, seal=begun.seal, recovered=int(begun.recovered))
    )


def models_of(connection: Connection) -> list[str]:
    """Names of the models that have a history, sorted, over a connection of one's own."""
    return sorted(connection.scalars(HISTORY.select().with_only_columns(HISTORY.c.model).distinct()))


def entries_of(connection: Connection, model: str) -> list[HistoryEntry]:
    """All lines of a model, by number, over a connection of one's own."""
    rows = connection.execute(HISTORY.select().where(HISTORY.c.model == model).order_by(HISTORY.c.number))
    return [HistoryEntry(**row._mapping) for row in rows]


def _last(connection: Connection, model: str, *, moves: bool = False, at: int | None = None) -> HistoryEntry | None:
    asked = HISTORY.select().where(HISTORY.c.model == model)
    if moves:
        asked = asked.where(HISTORY.c.kind.in_(MOVES))
    if at is not None:
        asked = asked.where(HISTORY.c.number == at)
    row = connection.execute(asked.order_by(HISTORY.c.number.desc()).limit(1)).first()
    return None if row is None else HistoryEntry(**row._mapping)


def _ensure_unchanged(connection: Connection, model: str, seen: int) -> None:
    move = _last(connection, model, moves=True)
    if (move.number if move else 0) != seen:
        raise champion_changed(model, _last(connection, model, at=seen), move)


def champion_changed(model: str, before: HistoryEntry | None, now: HistoryEntry | None) -> ChampionChanged:
    """The error that says who reigned when the candidate was judged, who does now, and since when."""
    former, present = (f"version {entry.champion}" if entry and entry.champion else "none" for entry in (before, now))
    by = f" ({now.kind} by {now.author}, {now.time[:19]}Z)" if now else ""
    change = f"from {former} to {present}" if former != present else f"and came back to {present}"
    return ChampionChanged(
        f"{model}: the champion changed {change}{by} since this candidate was judged; judge it again"
    )
