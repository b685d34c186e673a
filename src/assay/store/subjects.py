"""Subjects: whose pictures these are, and the secret by which a picture of theirs is known again."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, select

from assay.errors import ServiceError
from assay.store.ids import new_id, now
from assay.store.tables import SUBJECT_SECRETS, SUBJECTS


@dataclass(frozen=True)
class Subject:
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


def add_subject(connection: Connection, name: str) -> Subject:
    """A new subject with a secret of its own."""
    subject = Subject(new_id(), name, now())
    connection.execute(SUBJECTS.insert().values(**vars(subject)))
    connection.execute(SUBJECT_SECRETS.insert().values(subject=subject.id, secret=secrets.token_bytes(32)))
    return subject


def subjects(connection: Connection) -> list[Subject]:
    """All of them, in the order of their making."""
    return [Subject(**row._mapping) for row in connection.execute(select(SUBJECTS).order_by(SUBJECTS.c.id))]


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
