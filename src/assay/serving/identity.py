"""Identity: whose key a request carries; looked up anew every half a second, so within one a revoked key is closed."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from assay.errors import ServiceError
from assay.serving.refusal import Refusal
from assay.store.consents import Consent, standing_consent
from assay.store.keys import ApiKey, key_of, note_use, recognised
from assay.store.service_store import ServiceStore
from assay.store.subjects import secret_of

SECONDS, MOST = 0.5, 4096
"""How long a look is good for, twice as long while another one is on its way; and how many are kept."""
Look = Callable[[Connection], ApiKey | None]


@dataclass(frozen=True)
class Identity:
    """Who asks.

    Attributes:
        key: that was sent.
        secret: of its subject's HMACs.
        consent: that its subject has given for all requests; None where there is none.
    """

    key: ApiKey
    secret: bytes
    consent: Consent | None = None


class Identities:
    """Tells whose keys are sent.

    Args:
        store: of the keys.
    """

    def __init__(self, store: ServiceStore) -> None:
        self._store = store
        self._known: OrderedDict[bytes, tuple[float, Identity | None]] = OrderedDict()
        self._looking: set[bytes] = set()
        self._noted: dict[str, str] = {}
        self._lock = threading.Lock()

    async def identify(self, text: str, scope: str) -> Identity:
        """Who sent this key, which has to be for this.

        Args:
            text: as it was sent; "" for none.
            scope: what the key has to be for.

        Raises:
            Refusal: there is no key, it opens nothing, or it is not for this.
            ServiceError: the store does not answer.
        """
        if not text:
            raise Refusal("no-key", "The request carries no key.", headers={"WWW-Authenticate": "Bearer"})
        return self._allowed(await self._looked_up(_mark(text), lambda read: recognised(read, text)), scope)

    async def identify_by_id(self, key: str, scope: str) -> Identity:
        """Whose key of this id a session of ours names, which has to be for this; a browser never has the key itself.

        Args:
            key: id of it.
            scope: what it has to be for.

        Raises:
            Refusal: there is no such key any more, it opens nothing, or it is not for this.
            ServiceError: the store does not answer.
        """
        return self._allowed(await self._looked_up(_mark(f"id {key}"), lambda read: key_of(read, key)), scope)

    def remembered(self, text: str, scope: str) -> Identity | None:
        """Who sent this key, where nothing has to be looked up for it and it is for this; None says nothing."""
        known = self._known_now(_mark(text))
        if known is None or known[1] is None or known[1].key.refusal() or scope not in known[1].key.scopes:
            return None
        return known[1]

    def _allowed(self, identity: Identity | None, scope: str) -> Identity:
        if identity is None:
            raise Refusal("bad-key", "The key is not known here.", headers={"WWW-Authenticate": "Bearer"})
        if why := identity.key.refusal():
            raise Refusal("bad-key", f"{why.capitalize()}.", headers={"WWW-Authenticate": "Bearer"})
        if scope not in identity.key.scopes:
            has = ", ".join(identity.key.scopes)
            raise Refusal("scope", f"This needs a key with the scope {scope}; this one has {has}.")
        self._note(identity.key)
        return identity

    async def _looked_up(self, mark: bytes, look: Look) -> Identity | None:
        if (known := self._known_now(mark)) is not None:
            return known[1]
        with self._lock:
            self._looking.add(mark)
        try:
            return await asyncio.to_thread(self._look_up, mark, look)
        finally:
            with self._lock:
                self._looking.discard(mark)

    def _known_now(self, mark: bytes) -> tuple[float, Identity | None] | None:
        """What was looked up lately. While one request looks anew, others go by the last look, so that not all look."""
        with self._lock:
            known = self._known.get(mark)
            good_for = 2 * SECONDS if mark in self._looking else SECONDS
        return known if known is not None and time.monotonic() - known[0] < good_for else None

    def _look_up(self, mark: bytes, look: Look) -> Identity | None:
        moment = time.monotonic()
        with self._store.reading() as connection:
            key = look(connection)
            identity = None if key is None else _identity(connection, key)
        with self._lock:
            self._known[mark] = (moment, identity)
            self._known.move_to_end(mark)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return identity

    def forget(self) -> None:
        """Look everybody up anew: somebody has agreed to something, withdrawn it, or was erased."""
        with self._lock:
            self._known.clear()

    def _note(self, key: ApiKey) -> None:
        """Have the use of a key noted, once a minute."""
        minute = time.strftime("%Y-%m-%dT%H:%M", time.gmtime())
        if self._noted.get(key.id) != minute:
            self._noted[key.id] = minute
            with contextlib.suppress(ServiceError):  # what the request itself has to write says so
                self._store.submit(lambda connection: note_use(connection, key.id))


def _mark(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _identity(connection: Connection, key: ApiKey) -> Identity:
    return Identity(key, secret_of(connection, key.subject), standing_consent(connection, key.subject))
