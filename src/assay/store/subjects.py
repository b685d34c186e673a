"""Subjects: whose pictures these are, and the secret by which a picture of theirs is known again."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from assay.errors import ServiceError
from assay.store.ids import new_id, now
from assay.store.tables import SUBJECT_SECRETS, SUBJECTS
from assay.store.trail import Personal, append_lines

SHORTEST = 8
"""Characters of the beginning of an id."""


@dataclass(frozen=True)
class DataSubject:
    """A person or an organisation.

    Attributes:
        id: of the subject.
        name: as the operator calls it.
        created: UTC.
        hold: why nothing of it may be erased; "" where it may.
    """

    id: str
    name: str
    created: str
    hold: str = ""


def add_subject(connection: Connection, name: str) -> DataSubject:
    """A new subject with a secret of its own."""
    subject = DataSubject(new_id(), name, now())
    connection.execute(SUBJECTS.insert().values(**vars(subject)))
    connection.execute(SUBJECT_SECRETS.insert().values(subject=subject.id, secret=secrets.token_bytes(32)))
    return subject


def subjects(connection: Connection) -> list[DataSubject]:
    """All of them, in the order of their making."""
    return [DataSubject(**row._mapping) for row in connection.execute(select(SUBJECTS).order_by(SUBJECTS.c.id))]


def find_subject(connection: Connection, text: str) -> DataSubject:
    """The subject of a name, an id, or the beginning of one.

    Raises:
        ServiceError: there is none, or several are called like this.
    """
    known = subjects(connection)
    matches = [each for each in known if text in (each.id, each.name)]
    if not matches and len(text) >= SHORTEST:
        matches = [each for each in known if each.id.startswith(text)]
    if len(matches) != 1:
        why = f"{len(matches)} subjects are called like this; give an id" if matches else "there is no such subject"
        raise ServiceError(f"{text}: {why}; assay privacy report lists them")
    return matches[0]


def hold_subject(connection: Connection, subject: DataSubject, reason: str, *, actor: str) -> DataSubject:
    """Let nothing of a subject be erased, or again what may be, with a line of the trail.

    Args:
        connection: in a transaction that may write.
        subject: whom.
        reason: why, such as the number of a case; "" ends a hold.
        actor: who does it.
    """
    connection.execute(SUBJECTS.update().where(SUBJECTS.c.id == subject.id).values(hold=reason))
    personal = Personal(subject.id, {"actor": actor, "subject": subject.id, "reason": reason or subject.hold})
    append_lines(connection, [("hold placed" if reason else "hold ended", {}, personal)])
    return replace(subject, hold=reason)


def secret_of(connection: Connection, subject: str) -> bytes:
    """The secret of a subject's HMACs.

    Raises:
        ServiceError: there is none: the subject was erased, or never was.
    """
    secret = connection.scalar(select(SUBJECT_SECRETS.c.secret).where(SUBJECT_SECRETS.c.subject == subject))
    if secret is None:
        raise ServiceError(f"subject {subject}: is not known (any more)")
    return bytes(secret)


def picture_id(secret: bytes, picture: bytes) -> str:
    """Hex HMAC-SHA256 of a picture's bytes: the same for one picture of one subject; nobody else can compute it.

    A bare sha256 could be computed by whoever has the picture, and so tells that it was sent.
    """
    return hmac.new(secret, picture, hashlib.sha256).hexdigest()
