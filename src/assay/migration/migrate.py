"""`assay migrate`: part after part, each in one transaction that holds all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from omegaconf import DictConfig
from sqlalchemy import Connection, Engine, MetaData, Table

from assay.database.url import without_password
from assay.errors import AssayError, MigrationError
from assay.migration.content import Content
from assay.migration.copy_rows import content_in, content_of, copy_rows
from assay.migration.part import Part, parts_of
from assay.migration.request import MigrateRequest
from assay.migration.seal import Seal
from assay.migration.source import SqliteSource, held, quoted
from assay.migration.target import MovedData, ensure_empty, ensure_ours, moved_before, note_moved, opened, set_sequences


@dataclass(frozen=True)
class MovedTable:
    """A table after the move.

    Attributes:
        name: of the table.
        there: rows in SQLite.
        here: rows in PostgreSQL.
    """

    name: str
    there: int
    here: int


@dataclass(frozen=True)
class MovedPart:
    """A part after the move.

    Attributes:
        part: that was moved.
        tables: by name.
        seals: what is sealed in it, as PostgreSQL has it.
        before: when it was moved by an earlier command; "" where it was moved by this one.
        left: tables that are none of the owner's, and stayed behind with their rows.
    """

    part: Part
    tables: tuple[MovedTable, ...]
    seals: tuple[Seal, ...]
    before: str
    left: tuple[str, ...]


@dataclass(frozen=True)
class Migration:
    """What has come of it.

    Attributes:
        to: the database, without its password.
        parts: those that are there now.
        left: what stays where it is, as sentences.
    """

    to: str
    parts: tuple[MovedPart, ...]
    left: tuple[str, ...]


def migrate(request: MigrateRequest, config: DictConfig) -> Migration:
    """Move what is in SQLite files to a PostgreSQL database, and leave the files as they are.

    Each part has a transaction of its own; one that is over stays when a later one fails, and is not moved again.

    Raises:
        MigrationError: there is nothing to move, somebody is at work in a file, the database holds something already,
            or what it holds afterwards is not what the file holds.
        TrackingError: a file is damaged, or the database does not answer.
    """
    parts = parts_of(request, config)
    moved: list[MovedPart] = []
    for part in parts.found:
        try:
            moved.append(_move(part, request.to))
        except AssayError as error:
            if not moved:
                raise
            done = ", ".join(each.part.name for each in moved)
            raise MigrationError(
                f"{error}. In PostgreSQL already: {done}; the same command goes on from there"
            ) from error
    return Migration(without_password(request.to), tuple(moved), parts.left)


def _move(part: Part, to: str) -> MovedPart:
    with held(part) as source, opened(part, to) as engine:
        before = moved_before(engine, part)
        if before is None:
            _check_version(source)
        ensure_ours(engine, part)
        mine = source.tables() - part.owner.about - part.without
        if before is not None:
            return _moved_already(source, engine, before)
        seals = _holding(source)
        with engine.connect() as connection:
            ensure_empty(connection, part, mine)
        part.owner.make(part.url)
        with engine.begin() as connection:
            return _moved_now(source, connection, mine, seals)


def _check_version(source: SqliteSource) -> None:
    part, revision = source.part, source.revision
    if part.owner.scripts is None:
        return
    scripts = part.owner.scripts()
    if revision == scripts.get_current_head():
        return
    if revision is None:
        raise MigrationError(f"{part.file}: holds no tables of {part.owner.name}; name the file that does ({part.key})")
    if revision in {script.revision for script in scripts.walk_revisions()}:
        raise MigrationError(
            f"{part.file}: its tables are of an earlier version of {part.owner.name} ({revision}); bring them up to "
            f"date first, with {part.owner.update(part.file)}"
        )
    raise MigrationError(
        f"{part.file}: its tables are of a newer version of {part.owner.name} ({revision}) than the one that is "
        "installed; install that version, and type the command again"
    )


def _holding(source: SqliteSource) -> tuple[Seal, ...]:
    """What is sealed in the file.

    Raises:
        MigrationError: something of it does not hold.
    """
    seals = tuple(source.part.owner.seals(source.connection))
    for seal in seals:
        if seal.findings:
            raise MigrationError(
                f"{source.part.file}: the {seal.what} does not hold ({seal.findings[0]}), so nothing was moved, and "
                "nobody can say later that it was the move; see assay history --verify, or assay audit-trail verify"
            )
    return seals


def _moved_now(source: SqliteSource, connection: Connection, mine: set[str], seals: tuple[Seal, ...]) -> MovedPart:
    part = source.part
    tables = _tables(connection, mine)
    ensure_empty(connection, part, mine)
    for table in reversed(tables):
        if table.name in part.owner.seeds:
            connection.exec_driver_sql(f"DELETE FROM {quoted(table.name)}")
    contents: dict[str, Content] = {}
    for table in tables:
        contents[table.name] = copy_rows(source, connection, table)
        set_sequences(connection, table)
    result = []
    for table in tables:
        here, source_content = content_of(connection, table), contents[table.name]
        if here != source_content or source_content.rows != source.count(table.name):
            raise MigrationError(
                f"{part.shown_url}: table {table.name} does not hold what {part.file} holds ({here.rows} rows, "
                f"{source_content.rows} there), so nothing was moved; please report it"
            )
        result.append(MovedTable(table.name, source_content.rows, here.rows))
    if (now := tuple(part.owner.seals(connection))) != seals:
        changed = next((seal.what for seal in now if seal not in seals), "sealed history")
        raise MigrationError(
            f"{part.shown_url}: the {changed} does not hold there as it does in {part.file}, so nothing was moved; "
            "please report it"
        )
    note_moved(connection, part, contents)
    return MovedPart(part, tuple(result), now, "", _left(source, {table.name for table in tables}))


def _tables(connection: Connection | Engine, names: set[str]) -> list[Table]:
    """Those of the database that have these names, each behind those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name in names)
    return [table for table in metadata.sorted_tables if table.name in names]


def _moved_already(source: SqliteSource, engine: Engine, before: MovedData) -> MovedPart:
    """What an earlier command has moved.

    Raises:
        MigrationError: it was another file, or this one has changed since.
    """
    part = source.part
    if before.source != str(part.file.resolve()):
        raise MigrationError(
            f"{part.shown_url}: holds what was moved from {before.source} ({before.time}), with which {part.file} is "
            "not mixed; name a database that holds nothing (createdb DATABASE makes one)"
        )
    for table in _tables(engine, set(before.tables)):
        now = content_in(source, table)
        if now != before.tables[table.name]:
            raise MigrationError(
                f"{part.file}: was moved to {part.shown_url} ({before.time}), and its table {table.name} has changed "
                f"since ({now.rows} rows, {before.tables[table.name].rows} were moved); what was recorded there since "
                "is not in PostgreSQL. Move the file once more, to another database that holds nothing"
            )
    with engine.connect() as connection:
        seals = tuple(part.owner.seals(connection))
    tables = tuple(MovedTable(name, content.rows, content.rows) for name, content in before.tables.items())
    return MovedPart(part, tables, seals, before.time, _left(source, set(before.tables)))


def _left(source: SqliteSource, moved: set[str]) -> tuple[str, ...]:
    rest = source.tables() - moved - source.part.owner.about
    return tuple(f"{name} ({source.count(name)} rows)" for name in sorted(rest) if source.count(name))
