"""Consents: what was agreed to, in which words, for what, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from assay.store.ids import new_id, now
from assay.store.tables import CONSENTS, PREDICTIONS, SUBJECTS
from assay.store.tombstones import bury
from assay.store.trail import Personal, append_lines

KEEP, IMPROVE = "keep", "improve"
USES = {
    KEEP: "the picture is kept, so that a person can look at it and at its answer",
    IMPROVE: "a kept picture may, once a person has reviewed it, train and measure later models",
}


@dataclass(frozen=True)
class Consent:
    """One consent.

    Attributes:
        subject: id of who gave it.
        version: of the text.
        sha256: of the text, hex.
        uses: of `USES`.
        request: id of the request for which alone it was given; "" for all until it is withdrawn.
        given: UTC.
        withdrawn: UTC; "" for not.
        id: of its row.
    """

    subject: str
    version: str
    sha256: str
    uses: tuple[str, ...] = (KEEP,)
    request: str = ""
    given: str = ""
    withdrawn: str = ""
    id: str = ""


def give_consent(connection: Connection, consent: Consent, *, key: str) -> Consent:
    """Write a consent. A standing one takes the place of the one before; the same again changes nothing.

    Args:
        connection: in a transaction that may write.
        consent: without times and id.
        key: id of the key by which it was given.
    """
    if not consent.request:
        former = standing_consent(connection, consent.subject)
        if former is not None and (former.sha256, former.uses) == (consent.sha256, consent.uses):
            return former
        if former is not None:
            connection.execute(CONSENTS.update().where(CONSENTS.c.id == former.id).values(withdrawn=now()))
        content = {"version": consent.version, "sha256": consent.sha256, "uses": list(consent.uses)}
        personal = Personal(consent.subject, {"key": key, "actor": key})
        append_lines(connection, [("consent given", content, personal)])
    made = Consent(consent.subject, consent.version, consent.sha256, consent.uses, consent.request, now(), "", new_id())
    connection.execute(CONSENTS.insert().values(**{**vars(made), "uses": " ".join(made.uses)}))
    return made


def standing_consent(connection: Connection, subject: str) -> Consent | None:
    """The consent of a subject that holds for all requests; None where there is none."""
    asked = select(CONSENTS).where(CONSENTS.c.subject == subject, CONSENTS.c.request == "", CONSENTS.c.withdrawn == "")
    row: Any = connection.execute(asked.order_by(CONSENTS.c.id.desc())).first()
    return None if row is None else _read(row)


def consent_of_request(connection: Connection, subject: str, request: str) -> Consent | None:
    """The consent that a subject gave for one request alone; None where there is none, or it was withdrawn."""
    mine = CONSENTS.c.subject == subject, CONSENTS.c.request == request, CONSENTS.c.withdrawn == ""
    row: Any = connection.execute(select(CONSENTS).where(*mine).order_by(CONSENTS.c.id)).first()
    return None if row is None else _read(row)


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal has changed.

    Attributes:
        consents: that were withdrawn.
        pictures: HMACs of those that may be kept no longer; their files are still to be deleted.
        hold: why they are kept nevertheless; "" where they are not.
    """

    consents: int
    pictures: tuple[str, ...]
    hold: str


def withdraw_consent(connection: Connection, subject: str, *, key: str) -> Withdrawal:
    """Withdraw whatever a subject has agreed to: no picture of his is kept from now on, and none is in a manifest.

    Args:
        connection: in a transaction that may write.
        subject: id.
        key: id of the key by which it is withdrawn.
    """
    mine = CONSENTS.c.subject == subject, CONSENTS.c.withdrawn == ""
    count = connection.execute(CONSENTS.update().where(*mine).values(withdrawn=now())).rowcount
    pictures = kept_of(connection, subject)
    hold = connection.scalar(select(SUBJECTS.c.hold).where(SUBJECTS.c.id == subject)) or ""
    bury(connection, pictures)
    if not hold:
        release_pictures(connection, subject=subject)
    if count or pictures:
        content = {"consents": count, "pictures": len(pictures), "held": bool(hold)}
        append_lines(connection, [("consent withdrawn", content, Personal(subject, {"key": key, "actor": key}))])
    return Withdrawal(count, () if hold else tuple(pictures), hold)


def kept_of(connection: Connection, subject: str) -> list[str]:
    """HMACs of a subject's pictures that are kept."""
    asked = select(PREDICTIONS.c.picture).where(PREDICTIONS.c.subject == subject, PREDICTIONS.c.kept)
    return list(connection.scalars(asked.distinct().order_by(PREDICTIONS.c.picture)))


def release_pictures(connection: Connection, *, subject: str = "", pictures: Iterable[str] = ()) -> None:
    """Say of a subject's pictures, or of some by their HMACs, that they are kept no longer."""
    mine = PREDICTIONS.c.subject == subject if subject else PREDICTIONS.c.picture.in_(list(pictures))
    connection.execute(PREDICTIONS.update().where(mine, PREDICTIONS.c.kept).values(kept=False))


def consents_of(connection: Connection, subject: str) -> list[Consent]:
    """All consents of a subject, withdrawn ones too, in the order of their giving."""
    return [
        _read(row)
        for row in connection.execute(select(CONSENTS).where(CONSENTS.c.subject == subject).order_by(CONSENTS.c.id))
    ]


def _read(row: Any) -> Consent:
    values = dict(row._mapping)
    return Consent(**{**values, "uses": tuple(values["uses"].split())})
