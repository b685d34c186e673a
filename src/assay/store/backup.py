"""Backup: a copy of the service's database while it is written, and a way back on which no erased subject returns."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from assay.database.made_whole import made_whole
from assay.database.url import sqlite_file, sqlite_url, without_password
from assay.errors import ServiceError
from assay.store.erase import Folders, erase_again, erased_digests
from assay.store.ids import now
from assay.store.service_store import ServiceStore
from assay.store.standing import Standing, say_again, standing
from assay.store.tables import ERASURES, PREDICTIONS
from assay.store.trail import Personal, append_lines, trail_counts, trail_findings

ATTEMPTS, PAGES = 5, 8
"""How often a backup is brought back anew where something was said meanwhile; pages of a step of the copy, after the
first of which others cannot write, and of which a database of ours has more."""


class _SaidMeanwhile(Exception):  # noqa: N818  # says what happened
    """A key was revoked, a consent withdrawn, a subject held or erased while a backup was made ready."""


@dataclass(frozen=True)
class Backup:
    """A copy of a service's database.

    Attributes:
        file: where it lies.
        predictions: answers in it.
        head: number and hash of the last line of its audit trail.
    """

    file: Path
    predictions: int
    head: str


@dataclass(frozen=True)
class Restored:
    """A database that was brought back.

    Attributes:
        backup: what is there now.
        before: the copy of what was there.
        carried: keys, consents, holds, reviewers and rows about pictures that stand as they were said after the backup.
        erased: subjects who were erased after the backup, and were erased again.
        missing: answers whose kept picture is gone.
    """

    backup: Backup
    before: Path
    carried: int
    erased: int
    missing: int


def back_up(store: ServiceStore, to: Path) -> Backup:
    """Copy a database in one piece, while others write to it, and hold the copy's audit trail against its seals.

    Args:
        store: of a SQLite file.
        to: a file that is not there yet; it takes this name when it is whole.

    Raises:
        ServiceError: it is no SQLite file, the name is taken, or the copy does not hold.
    """
    source = _file_of(store)
    if to.exists():
        raise ServiceError(f"{to}: is there already, and is not written over; name another file")
    to.parent.mkdir(parents=True, exist_ok=True)
    with made_whole(to) as made:
        made.touch(0o600)
        _copy(source, made)
        return _verified(made, to)


def restore(store: ServiceStore, folders: Folders, source: Path, before: Path, *, actor: str) -> Restored:
    """Bring a backup back into the database, which a service may go on serving from.

    What is there now is copied beside it first. Keys that were revoked since, consents that were withdrawn, holds, how
    reviewers sign in, and what was learned from or tested on stand as they are said now. Whoever was erased since is
    erased again: by the database as it is now, and by the certificates of erasures, which lie outside of it.

    Args:
        store: of a SQLite file.
        folders: of its files.
        source: the backup.
        before: where the copy of what is there now goes.
        actor: who does it.

    Raises:
        ServiceError: it is no backup, a newer version of Assay has made it, or its audit trail does not hold.
    """
    target = _file_of(store)
    if not source.is_file():
        raise ServiceError(f"{source}: there is no such file")
    if source.resolve() == target.resolve():
        raise ServiceError(f"{source}: is the database itself; name a backup of it")
    work = target.with_name(f".{target.name}.restored")
    try:
        _fetch(source, work)
        _verified(work, source)
        back_up(store, before)
        for _ in range(ATTEMPTS):
            with contextlib.suppress(_SaidMeanwhile):
                return _exchange(store, folders, source, work, before, actor)
    finally:
        for path in (work, _lock_of(work)):
            path.unlink(missing_ok=True)
    raise ServiceError(
        f"{target}: keys, consents and holds change faster than a backup comes back; stop the service and try again"
    )


def _exchange(store: ServiceStore, folders: Folders, source: Path, work: Path, before: Path, actor: str) -> Restored:
    """Make a copy of the backup in which all that holds on is said, and put it in the place of the database.

    The database goes from what it was to what it shall be in one step, in which nobody else writes.

    Raises:
        _SaidMeanwhile: something was said that is not in the copy; nothing has changed.
    """
    _fetch(source, work)
    backup = _verified(work, source)
    gone, later = erased_digests(folders.certificates, store), _standing(store)
    with ServiceStore(sqlite_url(work)) as coming:
        carried = coming.write(lambda connection: say_again(connection, later, gone))
        missing = coming.write(lambda connection: _note_missing(connection, folders))
        erased = len(erase_again(coming, folders, gone, actor=actor))
        content = {"head": backup.head, "erased": erased, "carried": carried, "missing": missing}
        line = ("restored", content, Personal("", {"actor": actor}))
        coming.write(lambda connection: append_lines(connection, [line]))
    _copy(work, _file_of(store), lambda: later == _standing(store) and _erased_in(store) <= gone)
    return Restored(backup, before, carried, erased, missing)


def _fetch(source: Path, work: Path) -> None:
    shutil.copyfile(source, work)
    work.chmod(0o600)


def _erased_in(store: ServiceStore) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(select(ERASURES.c.subject)))


def _file_of(store: ServiceStore) -> Path:
    file = sqlite_file(store.url)
    if file is None:
        raise ServiceError(
            f"{without_password(store.url)}: PostgreSQL is backed up by its own tools, such as pg_dump; erase again by "
            "assay privacy erase whoever was erased since a backup that you bring back"
        )
    return file


def _copy(source: Path, target: Path, still: Callable[[], bool] | None = None) -> None:
    """SQLite's online backup: what is committed when it ends, whoever writes meanwhile, in one transaction.

    Args:
        source: that is copied.
        target: whose place it takes.
        still: whether it may; asked while nobody else can write the target, and nothing of it has changed for others.

    Raises:
        _SaidMeanwhile: it may not; the target is as it was.
    """
    asked = False

    def progress(status: int, remaining: int, total: int) -> None:
        nonlocal asked
        if still is not None and not asked:
            asked = True
            if not still():
                raise _SaidMeanwhile

    try:
        with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
            reading.backup(writing, pages=-1 if still is None else PAGES, progress=progress)
    except sqlite3.Error as error:
        raise ServiceError(
            f"{source}: cannot be copied to {target} ({error}); see that there is room for it"
        ) from error


def _verified(copy: Path, name: Path) -> Backup:
    """A copy, with the tables that this version needs, whose pages and audit trail hold."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            words = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as error:
        words, tables = [str(error)], set()
    if words != ["ok"]:
        raise ServiceError(f"{name}: is damaged, or no database ({words[0]}); take another backup")
    if PREDICTIONS.name not in tables:
        raise ServiceError(f"{name}: is no database of a service")
    try:
        with ServiceStore(sqlite_url(copy)) as store, store.reading() as connection:
            if findings := trail_findings(connection):
                raise ServiceError(f"{name}: its audit trail does not hold ({findings[0]}); take another backup")
            predictions = connection.scalar(select(func.count()).select_from(PREDICTIONS)) or 0
            return Backup(name, int(predictions), trail_counts(connection)[1])
    finally:
        _lock_of(copy).unlink(missing_ok=True)


def _lock_of(copy: Path) -> Path:
    """What opening a copy leaves, whose name nobody else knows."""
    return copy.with_name(f".{copy.name}.lock")


def _standing(store: ServiceStore) -> Standing:
    with store.reading() as connection:
        return standing(connection)


def _note_missing(connection: Connection, folders: Folders) -> int:
    """Note of answers whose kept picture was deleted since, by retention or withdrawn consent, that it is not kept."""
    kept = connection.scalars(select(PREDICTIONS.c.picture).where(PREDICTIONS.c.kept).distinct())
    gone = [picture for picture in kept if not folders.pictures.has(picture)]
    missing = 0
    for picture in gone:
        change = PREDICTIONS.update().where(PREDICTIONS.c.picture == picture, PREDICTIONS.c.kept).values(kept=False)
        missing += connection.execute(change).rowcount
    return missing


def name_of_copy(store: ServiceStore) -> Path:
    """Where a copy of what is there goes before a backup comes back."""
    file = _file_of(store)
    return file.with_name(f"{file.stem}-before-{now()[:19].replace(':', '').replace('-', '')}.db")
