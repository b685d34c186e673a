"""Ledger: every address that was named, what became of it and why; a SQLite file that a kill leaves whole."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from assay.collection.outcome import KEPT, PLANNED, REFUSED, WITHDRAWN
from assay.collection.source_record import SourceRecord, record_from_json
from assay.errors import DataError

FOLDER, FILE = ".collect", "ledger.db"
SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS asks (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, query TEXT NOT NULL, label TEXT NOT NULL, count INTEGER NOT NULL,
    kind TEXT NOT NULL, use TEXT NOT NULL, commercial INTEGER NOT NULL, contact TEXT NOT NULL, width INTEGER NOT NULL,
    min_side INTEGER NOT NULL, endpoint TEXT NOT NULL, networks TEXT NOT NULL, made TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS addresses (
    address TEXT PRIMARY KEY, ask INTEGER NOT NULL, label TEXT NOT NULL, use TEXT NOT NULL, outcome TEXT NOT NULL,
    reason TEXT NOT NULL, attempts INTEGER NOT NULL, tried TEXT NOT NULL, record TEXT NOT NULL,
    sha256 TEXT NOT NULL DEFAULT '', pixels TEXT NOT NULL DEFAULT '', phash TEXT NOT NULL DEFAULT '', grey BLOB,
    file TEXT NOT NULL DEFAULT '', width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0,
    format TEXT NOT NULL DEFAULT '', bytes INTEGER NOT NULL DEFAULT 0,
    etag TEXT NOT NULL DEFAULT '', modified TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS addresses_by_outcome ON addresses (outcome);
CREATE TABLE IF NOT EXISTS skipped (ask INTEGER NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (ask, what));
CREATE TABLE IF NOT EXISTS takedowns (key TEXT NOT NULL, value TEXT NOT NULL, made TEXT NOT NULL, UNIQUE (key, value));
"""


@dataclass(frozen=True)
class Ask:
    """What was asked for once.

    Attributes:
        source: name of the source or importer.
        query: words, or the folder that was read.
        label: class of the pictures.
        count: that were wanted.
        kind: "real" or "generated".
        use: "training" or "display".
        commercial: whether the purpose is commercial.
        contact: that servers heard.
        width: in pixels.
        min_side: pixels that the shorter side has to have.
        endpoint: of the interface; "" for the source's own.
        networks: that may be reached beside the public internet, comma-separated.
        made: UTC time.
        id: in the ledger; 0 before it is there.
    """

    source: str
    query: str
    label: str
    count: int
    kind: str
    use: str
    commercial: bool
    contact: str
    width: int
    min_side: int
    endpoint: str
    networks: str
    made: str
    id: int = 0


@dataclass(frozen=True)
class LedgerEntry:
    """An address in the ledger.

    Attributes:
        address: of the picture, or path of an imported one within its export.
        ask: id of the ask that named it first.
        label: class.
        use: "training" or "display".
        outcome: of `outcome.OUTCOMES`.
        reason: why, as a sentence's end.
        attempts: how often it was asked for.
        tried: UTC time of the last attempt; "" for none.
        record: its rights.
        sha256: of the file's bytes; "" where it was never fetched.
        pixels: sha256 of the decoded pixels.
        phash: perceptual hash, 16 hex digits.
        grey: the thumbnail that was hashed, 32×32 bytes.
        file: path within the collection; "" where there is none.
        width: in pixels.
        height: likewise.
        format: as decoded.
        bytes: size of the file.
        etag: that came with it.
        modified: likewise, Last-Modified.
    """

    address: str
    ask: int
    label: str
    use: str
    outcome: str
    reason: str
    attempts: int
    tried: str
    record: SourceRecord
    sha256: str = ""
    pixels: str = ""
    phash: str = ""
    grey: bytes = b""
    file: str = ""
    width: int = 0
    height: int = 0
    format: str = ""
    bytes: int = 0
    etag: str = ""
    modified: str = ""


_ASK = [each.name for each in fields(Ask)][:-1]
_ENTRY = [each.name for each in fields(LedgerEntry)]
_READ = f"SELECT {', '.join(_ENTRY)} FROM addresses"


class AddressLedger:
    """The ledger of a collection. Threads may use it at the same time; each change is on disk when it returns.

    Args:
        folder: of the collection.
        make: whether it is made where there is none.

    Raises:
        DataError: there is none, or another version's.
    """

    def __init__(self, folder: Path, *, make: bool = False) -> None:
        file = folder / FOLDER / FILE
        if not make and not file.is_file():
            raise DataError(f"{folder}: is no collection; one is made by assay collect source=…")
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(file, timeout=60, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise DataError(f"{file}: of version {version}; this version of assay reads {SCHEMA_VERSION}")
        self._database.executescript(SCHEMA)
        self._database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction; it is undone where the block raises."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def add_ask(self, ask: Ask) -> int:
        """Write what is asked for; gives its id."""
        marks = ", ".join("?" * len(_ASK))
        with self.writing() as database:
            row = database.execute(f"INSERT INTO asks ({', '.join(_ASK)}) VALUES ({marks})", astuple(ask)[:-1])
            return int(row.lastrowid or 0)

    def asks(self) -> dict[int, Ask]:
        """All that was asked for, by id."""
        with self._lock:
            rows = self._database.execute(f"SELECT {', '.join(_ASK)}, id FROM asks ORDER BY id").fetchall()
        asks = [Ask(*row) for row in rows]
        return {ask.id: ask for ask in asks}

    def plan(self, ask: int, label: str, use: str, record: SourceRecord, refused: str = "") -> LedgerEntry | None:
        """Write an address down before it is asked for; None where it stands there already.

        Args:
            ask: id.
            label: class.
            use: "training" or "display".
            record: its rights.
            refused: why it is not asked for; "" where it is.
        """
        outcome = REFUSED if refused else PLANNED
        entry = LedgerEntry(record.address, ask, label, use, outcome, refused, 0, "", record)
        values = (entry.address, ask, label, use, outcome, refused, 0, "", record.as_json())
        with self.writing() as database:
            row = database.execute(
                "INSERT OR IGNORE INTO addresses (address, ask, label, use, outcome, reason, attempts, tried, record) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            return entry if row.rowcount else None

    def skip(self, ask: int, what: str, reason: str) -> None:
        """Write down an entry of a source that is no picture."""
        with self.writing() as database:
            database.execute("INSERT OR IGNORE INTO skipped VALUES (?, ?, ?)", (ask, what[:500], reason))

    def settle(self, entry: LedgerEntry) -> None:
        """Write what became of an address, and count the attempt."""
        names = [name for name in _ENTRY if name not in ("address", "ask", "attempts", "record")]
        values = [getattr(entry, name) for name in names]
        with self.writing() as database:
            database.execute(
                f"UPDATE addresses SET {', '.join(f'{name} = ?' for name in names)}, record = ?, "
                "attempts = attempts + 1 WHERE address = ?",
                (*values, entry.record.as_json(), entry.address),
            )

    def entries(self, outcomes: Sequence[str] = ()) -> list[LedgerEntry]:
        """Addresses in the order in which they were named.

        Args:
            outcomes: that are wanted; () for all.
        """
        condition = f" WHERE outcome IN ({', '.join('?' * len(outcomes))})" if outcomes else ""
        with self._lock:
            rows = self._database.execute(f"{_READ}{condition} ORDER BY rowid", tuple(outcomes)).fetchall()
        return [_entry(row) for row in rows]

    def entry(self, address: str) -> LedgerEntry:
        """An address that stands there.

        Raises:
            DataError: it does not.
        """
        with self._lock:
            row = self._database.execute(f"{_READ} WHERE address = ?", (address,)).fetchone()
        if row is None:
            raise DataError(f"{address}: does not stand in the ledger")
        return _entry(row)

    def kept(self, label: str | None = None) -> int:
        """How many pictures are there, of a label or in all."""
        condition, values = (" AND label = ?", (label,)) if label is not None else ("", ())
        with self._lock:
            count = self._database.execute(
                f"SELECT count(*) FROM addresses WHERE outcome = ?{condition}", (KEPT, *values)
            )
            return int(count.fetchone()[0])

    def counts(self) -> list[tuple[str, str, str, int]]:
        """(label, outcome, reason without its numbers, how many), of addresses and skipped entries."""
        with self._lock:
            rows = self._database.execute(
                "SELECT label, outcome, reason, count(*) FROM addresses GROUP BY label, outcome, reason "
                "UNION ALL SELECT asks.label, 'skipped', reason, count(*) FROM skipped "
                "JOIN asks ON asks.id = skipped.ask GROUP BY asks.label, reason"
            ).fetchall()
        return [(str(label), str(outcome), str(reason), int(count)) for label, outcome, reason, count in rows]

    def commercial(self) -> bool:
        """Whether anything was ever asked for commercial purposes, so that all of it has to permit them."""
        with self._lock:
            return bool(self._database.execute("SELECT max(commercial) FROM asks").fetchone()[0])

    def takedowns(self) -> list[tuple[str, str]]:
        """(key, value) of each: "author", "url" or "source"."""
        with self._lock:
            return [(str(key), str(value)) for key, value in self._database.execute("SELECT key, value FROM takedowns")]

    def withdraw(self, key: str, value: str, entries: Iterable[LedgerEntry], made: str) -> None:
        """Take pictures out, and write down that none like them comes in again; their files stay listed until gone."""
        reason = f"taken down: {key}={value}"
        with self.writing() as database:
            database.execute("INSERT OR IGNORE INTO takedowns VALUES (?, ?, ?)", (key, value, made))
            for entry in entries:
                database.execute(
                    "UPDATE addresses SET outcome = ?, reason = ? WHERE address = ?", (WITHDRAWN, reason, entry.address)
                )

    def forget_file(self, address: str) -> None:
        """A file that was taken down is gone."""
        with self.writing() as database:
            database.execute("UPDATE addresses SET file = '', grey = NULL WHERE address = ?", (address,))


def _entry(row: Sequence[object]) -> LedgerEntry:
    values = dict(zip(_ENTRY, row, strict=True))
    values["record"] = record_from_json(str(values["record"]))
    values["grey"] = values["grey"] or b""
    return LedgerEntry(**values)  # type: ignore[arg-type]
