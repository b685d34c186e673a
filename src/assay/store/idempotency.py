"""Requests that carried an Idempotency-Key, with what they were answered, until nobody repeats them any more."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from assay.store.ids import as_time, now
from assay.store.tables import IDEMPOTENCY

KEPT = timedelta(hours=24)
"""How long a request can be repeated."""


@dataclass(frozen=True)
class RepeatableRequest:
    """A request by what it is known again, all of it HMACs under the secret of its subject.

    Attributes:
        mark: hex, of the API key, the address and the idempotency key.
        subject: id of whose API key it is.
        body: hex, of what was sent.
    """

    mark: str
    subject: str
    body: str


def keyed_digest(secret: bytes, *parts: bytes) -> str:
    """Hex HMAC-SHA256 of some parts, each with its length, so that no two lists of parts have the same.

    Args:
        secret: of the subject.
        parts: of any length.
    """
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def keep_response(connection: Connection, request: RepeatableRequest, response: str) -> None:
    """Keep what a request was answered, in the transaction of the answer; what nobody repeats any more goes.

    Args:
        connection: in a transaction that may write.
        request: that is answered.
        response: JSON, without names of the client's files.
    """
    forget_old_responses(connection)
    connection.execute(IDEMPOTENCY.insert().values(**vars(request), response=response, time=now()))


def kept_response(connection: Connection, mark: str) -> tuple[str, str] | None:
    """HMAC of the body and the response of a request that can be repeated; None where there is none."""
    asked = select(IDEMPOTENCY).where(IDEMPOTENCY.c.mark == mark, IDEMPOTENCY.c.time >= _oldest())
    row = connection.execute(asked).first()
    return None if row is None else (row.body, row.response)


def forget_old_responses(connection: Connection) -> int:
    """Delete what nobody repeats any more; gives how many there were."""
    return connection.execute(IDEMPOTENCY.delete().where(IDEMPOTENCY.c.time < _oldest())).rowcount


def _oldest() -> str:
    return as_time(datetime.now(UTC) - KEPT)
