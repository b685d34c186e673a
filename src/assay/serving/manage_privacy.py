"""`assay privacy`: what is held of people, and that it goes when asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from sqlalchemy import select

from assay.errors import ServiceError
from assay.registry.open_registry import who
from assay.serving.places import existing_store, service_folders, store_url
from assay.serving.privacy_request import OF_SUBJECT, PrivacyRequest
from assay.store.consents import kept_of
from assay.store.erase import DIGITS, Folders, erase_subject, finish_erasures, held_rows
from assay.store.export_subject import export_subject
from assay.store.ids import new_id
from assay.store.privacy_report import PrivacyReport, privacy_report
from assay.store.retention import apply_retention, limits_of, overdue
from assay.store.service_store import ServiceStore
from assay.store.subjects import DataSubject, find_subject, hold_subject
from assay.store.tables import ERASURES
from assay.store.tombstones import tombstone_of
from assay.tracking.picture_use import PictureUse


@dataclass(frozen=True)
class PrivacyResult:
    """What `assay privacy` leaves.

    Attributes:
        subject: whom it was about; None where nobody.
        counts: rows and files by kind: that are there, would be deleted, were deleted or exported.
        limits: days that each kind is kept; None for ever.
        certificate: of an erasure.
        file: that was written.
        report: what is held.
        uses: runs that used pictures which are erased, or whose consent was withdrawn; None where nobody asked.
    """

    subject: DataSubject | None = None
    counts: dict[str, int] = field(default_factory=dict)
    limits: dict[str, int | None] = field(default_factory=dict)
    certificate: dict[str, Any] | None = None
    file: str = ""
    report: PrivacyReport | None = None
    uses: tuple[PictureUse, ...] | None = None


def manage_privacy(request: PrivacyRequest, config: DictConfig) -> PrivacyResult:
    """Do what is asked.

    Raises:
        ServiceError: there is no such subject, it is held by law, or the database does not answer.
        ConfigError: a limit is none.
    """
    limits = limits_of(request.limits)
    url = store_url(config, request.store)
    folders = service_folders(config, url, request.kept, request.jobs)
    with existing_store(url) as store:
        if request.deed == "erase" and request.apply:
            return _erase(request, store, folders)
        if request.deed in OF_SUBJECT:
            with store.reading() as connection:
                subject = find_subject(connection, request.subject)
            return _of_subject(request, store, folders, subject)
        if request.deed == "retention":
            deed = apply_retention if request.apply else overdue
            return PrivacyResult(counts=deed(store, folders, limits), limits=limits)
        with store.reading() as connection:
            return PrivacyResult(report=privacy_report(connection, folders), limits=limits)


def _erase(request: PrivacyRequest, store: ServiceStore, folders: Folders) -> PrivacyResult:
    """Erase a subject; where that was interrupted once, and nobody is known by this name any more, it is finished."""
    finished = finish_erasures(store, folders)
    try:
        with store.reading() as connection:
            subject = find_subject(connection, request.subject)
    except ServiceError:
        if not finished:
            raise
        with store.reading() as connection:
            newest = select(ERASURES.c.certificate).order_by(ERASURES.c.finished.desc()).limit(1)
            certificate = json.loads(connection.scalars(newest).one())
        return _of_certificate(None, folders, certificate)
    return _of_certificate(subject, folders, erase_subject(store, folders, subject, actor=who(request.by)))


def _of_certificate(subject: DataSubject | None, folders: Folders, certificate: dict[str, Any]) -> PrivacyResult:
    counts = {**certificate["rows"], **certificate["files"]}
    file = folders.certificates / f"{certificate['erasure']}.json"
    return PrivacyResult(subject, counts, certificate=certificate, file=str(file))


def _of_subject(request: PrivacyRequest, store: ServiceStore, folders: Folders, subject: DataSubject) -> PrivacyResult:
    actor = who(request.by)
    if request.deed in ("hold", "release"):
        reason = request.reason if request.deed == "hold" else ""
        return PrivacyResult(store.write(lambda connection: hold_subject(connection, subject, reason, actor=actor)))
    if request.deed == "export":
        own = folders.exports / f"{tombstone_of(subject.id)[:DIGITS]}-{new_id()}.zip"
        path = Path(request.to).expanduser() if request.to else own
        counts = export_subject(store, folders.pictures, subject, path, actor=actor)
        return PrivacyResult(subject, counts, file=str(path))
    with store.reading() as connection:
        counts = held_rows(connection, subject.id)
        counts["pictures"] = len(kept_of(connection, subject.id))
    return PrivacyResult(subject, counts)
