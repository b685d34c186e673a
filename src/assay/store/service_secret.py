"""The service's own secret, under which its pages sign what browsers carry; made once, the same for all processes."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from assay.store.service_store import ServiceStore
from assay.store.tables import SERVICE_SECRETS


def service_secret(store: ServiceStore, name: str) -> bytes:
    """32 random bytes, the same each time; deleting the row ends every session.

    Args:
        store: of the service.
        name: what it is for.
    """
    with store.reading() as connection:
        known = _read(connection, name)
    return known if known is not None else store.write(lambda connection: _make(connection, name))


def _make(connection: Connection, name: str) -> bytes:
    made = secrets.token_bytes(32)
    try:
        with connection.begin_nested():
            connection.execute(SERVICE_SECRETS.insert().values(name=name, secret=made))
    except IntegrityError:  # another process was faster
        known = _read(connection, name)
        if known is None:
            raise
        return known
    return made


def _read(connection: Connection, name: str) -> bytes | None:
    secret = connection.scalar(select(SERVICE_SECRETS.c.secret).where(SERVICE_SECRETS.c.name == name))
    return None if secret is None else bytes(secret)
