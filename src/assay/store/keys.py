"""API keys: made, rotated, revoked, and recognised; the secret itself is shown once and never stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Select, select

from assay.errors import ServiceError, did_you_mean
from assay.store.ids import as_time, new_id, now
from assay.store.tables import API_KEYS
from assay.store.trail import Personal, append_lines

PREFIX = "assay"
SCOPES = ("classify", "review", "admin")
_KEY = re.compile(rf"{PREFIX}\.(?P<id>[0-9a-f-]{{36}})\.(?P<secret>[\w-]{{43}})")
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class ApiKey:
    """A key, without its secret.

    Attributes:
        id: of the key; the middle part of what a client sends.
        subject: id of whom it belongs to.
        name: as the operator calls it.
        scopes: what it may be used for, of `SCOPES`.
        created: UTC.
        expires: UTC; "" for never.
        revoked: UTC; "" where it was not.
        last_used: UTC, to the minute; "" for never.
        family: id of the first of the keys that took each other's place; what is drawn by lot is drawn for it.
    """

    id: str
    subject: str
    name: str
    scopes: tuple[str, ...]
    created: str
    expires: str = ""
    revoked: str = ""
    last_used: str = ""
    family: str = ""

    def refusal(self, at: str = "") -> str:
        """Why it opens nothing at a time, "" where it does; the present without one."""
        moment = at or now()
        if self.revoked and self.revoked <= moment:
            return "the key was revoked"
        return "the key has expired" if self.expires and self.expires <= moment else ""


def create_key(
    connection: Connection,
    subject: str,
    name: str,
    scopes: Iterable[str],
    *,
    actor: str,
    days: float | None = None,
    family: str = "",
) -> tuple[ApiKey, str]:
    """A new key, and the text that a client sends, which nobody can show again.

    Args:
        connection: in a transaction that may write.
        subject: id of whom it belongs to.
        name: for people.
        scopes: what it may be used for.
        actor: who made it.
        days: until it expires; None for never.
        family: of the key whose place it takes; "" for none, which begins one.

    Raises:
        ServiceError: a scope that there is not.
    """
    wanted = tuple(dict.fromkeys(scopes))
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise ServiceError(f"{unknown[0]}: there is no such scope; {did_you_mean(unknown[0], SCOPES)}")
    if not wanted:
        raise ServiceError(f"a key needs a scope: {', '.join(SCOPES)}")
    expires = "" if days is None else as_time(datetime.now(UTC) + timedelta(days=days))
    identifier = new_id()
    key = ApiKey(identifier, subject, name, wanted, now(), expires, family=family or identifier)
    secret = secrets.token_urlsafe(32)
    values = {**vars(key), "scopes": " ".join(wanted), "secret_hash": _hash(secret)}
    connection.execute(API_KEYS.insert().values(**values))
    _note(connection, "key created", key, actor)
    return key, f"{PREFIX}.{key.id}.{secret}"


def rotate_key(connection: Connection, key_id: str, *, actor: str, overlap_days: float = 7.0) -> tuple[ApiKey, str]:
    """A key that takes the place of another, which opens for some days more, so that clients can change over.

    Raises:
        ServiceError: there is no such key, or it was revoked.
    """
    former = find_key(connection, key_id)
    if former.revoked:
        raise ServiceError(f"key {key_id}: was revoked and is not rotated; create another: assay keys create")
    made = create_key(connection, former.subject, former.name, former.scopes, actor=actor, family=former.family)
    ends = as_time(datetime.now(UTC) + timedelta(days=overlap_days))
    expires = min(ends, former.expires) if former.expires else ends
    connection.execute(API_KEYS.update().where(API_KEYS.c.id == former.id).values(expires=expires))
    _note(connection, "key rotated", former, actor)
    return made


def revoke_key(connection: Connection, key_id: str, *, actor: str) -> ApiKey:
    """Let a key open nothing from now on; doing it again changes nothing.

    Raises:
        ServiceError: there is no such key.
    """
    key = find_key(connection, key_id)
    if not key.revoked:
        connection.execute(API_KEYS.update().where(API_KEYS.c.id == key.id).values(revoked=now()))
        _note(connection, "key revoked", key, actor)
    return find_key(connection, key.id)


def find_key(connection: Connection, key_id: str) -> ApiKey:
    """The key of an id, or of the beginning of one.

    Raises:
        ServiceError: there is none, or several begin like this.
    """
    rows = [key for key in keys(connection) if key.id.startswith(key_id)] if key_id else []
    if len(rows) != 1:
        why = f"{len(rows)} keys begin like this" if rows else "there is no such key"
        raise ServiceError(f"{key_id}: {why}; assay keys list shows them")
    return rows[0]


def key_of(connection: Connection, key_id: str) -> ApiKey | None:
    """The key of an id; None where there is none."""
    row = connection.execute(select(API_KEYS).where(API_KEYS.c.id == key_id)).first()
    return None if row is None else _read(row)


def keys(connection: Connection) -> list[ApiKey]:
    """All of them, in the order of their making."""
    return [_read(row) for row in connection.execute(select(API_KEYS).order_by(API_KEYS.c.id))]


def key_families(connection: Connection) -> dict[str, str]:
    """The family of each key, by its id."""
    return {row.id: row.family for row in connection.execute(select(API_KEYS.c.id, API_KEYS.c.family))}


def keys_of_family(key: str) -> Select[tuple[str]]:
    """Asks for the ids of all keys that took each other's place with this one."""
    family = select(API_KEYS.c.family).where(API_KEYS.c.id == key).scalar_subquery()
    return select(API_KEYS.c.id).where(API_KEYS.c.family == family)


def recognised(connection: Connection, text: str) -> ApiKey | None:
    """The key that a client sent; None where it is none of ours. Whether it opens anything says `ApiKey.refusal`.

    A secret is compared in the same time whatever it is, and also where there is no such key.
    """
    parts = _KEY.fullmatch(text)
    row = None
    if parts is not None:
        row = connection.execute(select(API_KEYS).where(API_KEYS.c.id == parts["id"])).first()
    known = row.secret_hash if row is not None else _NOBODY
    same = hmac.compare_digest(known, _hash(parts["secret"] if parts is not None else "-"))
    return _read(row) if same and row is not None else None


def note_use(connection: Connection, key_id: str) -> None:
    """Note that a key was used just now, to the minute."""
    connection.execute(API_KEYS.update().where(API_KEYS.c.id == key_id).values(last_used=f"{now()[:16]}:00.000Z"))


def _read(row: object) -> ApiKey:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    del values["secret_hash"]
    return ApiKey(**{**values, "scopes": tuple(values["scopes"].split())})


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note(connection: Connection, kind: str, key: ApiKey, actor: str) -> None:
    content = {"scopes": list(key.scopes), "expires": key.expires}
    personal = Personal(key.subject, {"key": key.id, "actor": actor, "subject": key.subject})
    append_lines(connection, [(kind, content, personal)])
