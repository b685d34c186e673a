"""What a store holds of people: how much of each kind, since when, by whose consent, what is held, who was erased."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from assay.store.erase import Folders
from assay.store.holdings import HOLDINGS
from assay.store.retention import last_applied
from assay.store.subjects import DataSubject, subjects
from assay.store.tables import CONSENTS, ERASURES, PREDICTIONS, TOMBSTONES


@dataclass(frozen=True)
class Held:
    """One kind.

    Attributes:
        name: of the table, or "picture files".
        what: for people.
        count: rows or files.
        oldest: UTC; "" where nothing says.
    """

    name: str
    what: str
    count: int
    oldest: str


@dataclass(frozen=True)
class PrivacyReport:
    """What is held.

    Attributes:
        held: by kind.
        picture_bytes: that kept pictures take.
        left_over: files of pictures that belong to no row.
        subjects: all of them.
        standing: consents for all requests that were not withdrawn.
        withdrawn: consents that were.
        erasures: so far.
        unfinished: of them.
        tombstones: pictures that may be in no manifest any more.
        retention: when it was applied last, UTC; "" for never.
    """

    held: tuple[Held, ...]
    picture_bytes: int
    left_over: int
    subjects: tuple[DataSubject, ...]
    standing: int
    withdrawn: int
    erasures: int
    unfinished: int
    tombstones: int
    retention: str


def privacy_report(connection: Connection, folders: Folders) -> PrivacyReport:
    """Count what is held."""

    def count(column: object, *conditions: object) -> int:
        return int(connection.scalar(select(func.count(column)).where(*conditions)) or 0)  # type: ignore[arg-type]

    held = []
    for holding in HOLDINGS:
        key = next(iter(holding.table.primary_key.columns))
        oldest = connection.scalar(select(func.min(holding.table.c[holding.time]))) if holding.time else ""
        held.append(Held(holding.name, holding.what, count(key), oldest or ""))
    kept = PREDICTIONS.c.kept
    names = set(connection.scalars(select(PREDICTIONS.c.picture).where(kept).distinct()))
    oldest = connection.scalar(select(func.min(PREDICTIONS.c.time)).where(kept)) or ""
    files = sum(1 for _ in folders.pictures.all())
    held.append(Held("picture files", "pictures that are kept with consent", files, oldest))
    return PrivacyReport(
        tuple(held),
        folders.pictures.bytes(),
        len(folders.pictures.left_over(names)),
        tuple(subjects(connection)),
        count(CONSENTS.c.id, CONSENTS.c.request == "", CONSENTS.c.withdrawn == ""),
        count(CONSENTS.c.id, CONSENTS.c.withdrawn != ""),
        count(ERASURES.c.id),
        count(ERASURES.c.id, ERASURES.c.finished == ""),
        count(TOMBSTONES.c.digest),
        last_applied(connection),
    )
