"""Erasure: a subject leaves every table and folder; what stays identifies nobody, and the audit trail still holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from assay.database.url import database_kind
from assay.errors import ServiceError
from assay.files import atomic_write
from assay.store.certificate import certificate_document, certificate_text
from assay.store.holdings import HOLDINGS
from assay.store.ids import new_id, now
from assay.store.kept_pictures import KeptPictures
from assay.store.scrub import scrub
from assay.store.service_store import ServiceStore
from assay.store.subjects import DataSubject
from assay.store.tables import ERASURES, JOBS, PREDICTIONS, SUBJECTS, TOMBSTONES
from assay.store.tombstones import bury, tombstone_of
from assay.store.trail import Personal, append_lines

PENDING = "jobs_to_delete"
"""Member of a certificate that is not finished: ids of jobs whose files are still to be deleted."""
DIGITS = 32
"""Of the digest of a subject's id, with which the names of his exports begin."""


@dataclass(frozen=True)
class Folders:
    """Where a service keeps files.

    Attributes:
        pictures: that were kept with consent.
        exports: of subjects, each named after the digest of its subject's id.
        certificates: of erasures; they name nobody.
        jobs: with what was sent as a job, each file named after its job; None where there is none.
    """

    pictures: KeptPictures
    exports: Path
    certificates: Path
    jobs: Path | None = None


def held_rows(connection: Connection, subject: str) -> dict[str, int]:
    """Rows of a subject by table, those without any left out."""
    counts = {
        holding.name: connection.scalar(select(func.count()).select_from(holding.table).where(holding.owned(subject)))
        for holding in HOLDINGS
    }
    return {name: int(count) for name, count in counts.items() if count}


def erase_subject(store: ServiceStore, folders: Folders, subject: DataSubject, *, actor: str) -> dict[str, Any]:
    """Erase a subject everywhere.

    All rows go in one transaction with the tombstones of the pictures, a line of the trail that names nobody, and the
    certificate; then the files; then what free pages and logs of the database hold. Where that is interrupted,
    `finish_erasures` does the rest.

    Returns:
        The certificate as JSON values.

    Raises:
        ServiceError: there is no such subject any more, or it is held by law.
    """
    erasure = store.write(lambda connection: _erase_rows(connection, subject, actor, database_kind(store.url)))
    finish_erasures(store, folders)
    with store.reading() as connection:
        text: str = connection.scalars(select(ERASURES.c.certificate).where(ERASURES.c.id == erasure)).one()
    document: dict[str, Any] = json.loads(text)
    return document


def _erase_rows(connection: Connection, subject: DataSubject, actor: str, kind: str) -> str:
    row = connection.execute(select(SUBJECTS).where(SUBJECTS.c.id == subject.id).with_for_update()).first()
    if row is None:
        raise ServiceError(f"{subject.name}: is not known any more; nothing was erased")
    if row.hold:
        raise ServiceError(f"{row.name}: is held by law ({row.hold}); assay privacy release {row.name} ends the hold")
    pictures = list(
        connection.scalars(select(PREDICTIONS.c.picture).where(PREDICTIONS.c.subject == subject.id).distinct())
    )
    bury(connection, pictures)
    jobs = list(connection.scalars(select(JOBS.c.id).where(JOBS.c.subject == subject.id)))
    rows = held_rows(connection, subject.id)
    for holding in HOLDINGS:
        connection.execute(holding.table.delete().where(holding.owned(subject.id)))
    erasure, digest = new_id(), tombstone_of(subject.id)
    content = {"erasure": erasure, "subject": digest, "rows": rows, "pictures": len(pictures)}
    (entry,) = append_lines(connection, [("subject erased", content, Personal("", {"actor": actor}))])
    document = certificate_document(erasure, digest, rows, pictures=len(pictures), line=entry.number, kind=kind)
    document[PENDING] = jobs
    values = {"id": erasure, "time": document["time"], "finished": "", "subject": digest}
    connection.execute(ERASURES.insert().values(**values, certificate=json.dumps(document, ensure_ascii=False)))
    return erasure


def finish_erasures(store: ServiceStore, folders: Folders) -> int:
    """Delete files of those who were erased, and what the database's files still hold; again where it was interrupted.

    Returns:
        Erasures that are finished now and were not before.

    Raises:
        ServiceError: somebody reads the database for so long that its log cannot be emptied; nothing else is left.
    """
    with store.reading() as connection:
        unfinished = connection.execute(select(ERASURES).where(ERASURES.c.finished == "").order_by(ERASURES.c.id)).all()
        if not unfinished:
            return 0
        gone = set(connection.scalars(select(TOMBSTONES.c.digest)))
        kept = set(connection.scalars(select(PREDICTIONS.c.picture).where(PREDICTIONS.c.kept).distinct()))
    pictures = folders.pictures.remove(
        picture for picture in list(folders.pictures.all()) if picture not in kept and tombstone_of(picture) in gone
    )
    documents = []
    for row in unfinished:
        exports = sorted(folders.exports.glob(f"{row.subject[:DIGITS]}-*"))
        document = json.loads(row.certificate)
        sent = _files_of_jobs(folders, document.pop(PENDING, []))
        for path in (*exports, *sent):
            path.unlink(missing_ok=True)
        gone_now = {"pictures": pictures, "exports": len(exports), "jobs": len(sent)}
        files = {name: document["files"].get(name, 0) + count for name, count in gone_now.items()}
        documents.append({**document, "files": files})
        pictures = 0  # those of several that were interrupted cannot be told apart
        _note(store, documents[-1])
    if not scrub(store.url):
        raise ServiceError(
            "rows and files are erased, but somebody reads the database for so long that its log cannot be emptied; "
            "assay privacy retention apply=true finishes it"
        )
    for document in documents:
        finished = {**document, "finished": now()}
        _note(store, finished)
        _write(folders.certificates, finished)
    return len(documents)


def _files_of_jobs(folders: Folders, jobs: Sequence[str]) -> list[Path]:
    """What was sent as jobs, which their rows do not name any more."""
    if folders.jobs is None:
        return []
    return [path for job in jobs for path in sorted(folders.jobs.glob(f"*{job}*"))]


def erase_again(store: ServiceStore, folders: Folders, digests: set[str], *, actor: str) -> list[dict[str, Any]]:
    """Erase those who were erased once and have come back with a backup of before.

    Args:
        store: as the backup has it.
        folders: of its files.
        digests: of ids of those who were erased, from `erased_digests`.
        actor: who does it.
    """
    with store.reading() as connection:
        back = [DataSubject(**row._mapping) for row in connection.execute(select(SUBJECTS))]
    return [
        erase_subject(store, folders, subject, actor=actor) for subject in back if tombstone_of(subject.id) in digests
    ]


def erased_digests(certificates: Path, store: ServiceStore | None = None) -> set[str]:
    """Digests of the ids of all who were erased, from certificates in a folder and from a database."""
    digests = {json.loads(path.read_text("utf-8"))["subject"] for path in certificates.glob("*.json")}
    if store is not None:
        with store.reading() as connection:
            digests |= set(connection.scalars(select(ERASURES.c.subject)))
    return digests


def _note(store: ServiceStore, document: dict[str, Any]) -> None:
    values = {"certificate": json.dumps(document, ensure_ascii=False), "finished": document["finished"]}
    change = ERASURES.update().where(ERASURES.c.id == document["erasure"]).values(**values)
    store.write(lambda connection: connection.execute(change))


def _write(folder: Path, document: dict[str, Any]) -> None:
    texts = {"json": json.dumps(document, ensure_ascii=False, indent=2) + "\n", "txt": certificate_text(document)}
    for ending, text in texts.items():
        with atomic_write(folder / f"{document['erasure']}.{ending}") as temporary:
            temporary.write_text(text, "utf-8")
