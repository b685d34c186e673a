"""Identity: whose key a request carries; looked up anew every half a second, so a revoked one soon opens nothing."""

from __future__ import annotations

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
"""How long a look is good for, and how many are kept."""


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
        self._noted: dict[str, str] = {}
        self._lock = threading.Lock()

    def identify(self, text: str, scope: str) -> Identity:
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
        mark = hashlib.sha256(text.encode()).digest()
        return self._allowed(self._looked_up(mark, lambda connection: recognised(connection, text)), scope)

    def identify_by_id(self, key: str, scope: str) -> Identity:
        """Whose key of this id a session of ours names, which has to be for this; a browser never has the key itself.

        Args:
            key: id of it.
            scope: what it has to be for.

        Raises:
            Refusal: there is no such key any more, it opens nothing, or it is not for this.
            ServiceError: the store does not answer.
        """
        mark = hashlib.sha256(f"id {key}".encode()).digest()
        return self._allowed(self._looked_up(mark, lambda connection: key_of(connection, key)), scope)

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

    def _looked_up(self, mark: bytes, look: Callable[[Connection], ApiKey | None]) -> Identity | None:
        moment = time.monotonic()
        with self._lock:
            known = self._known.get(mark)
        if known is not None and moment - known[0] < SECONDS:
            return known[1]
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


def _identity(connection: Connection, key: ApiKey) -> Identity:
    return Identity(key, secret_of(connection, key.subject), standing_consent(connection, key.subject))
