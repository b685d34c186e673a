"""Passwords of reviewers, links that set one, and how often somebody may try."""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Connection, select

from assay.errors import ServiceError
from assay.review.reviewers import Reviewer, reviewer_of
from assay.store.ids import as_time, now
from assay.store.review_tables import REVIEWERS
from assay.store.trail import Personal, append_lines

SHORTEST, LONGEST = 10, 200
"""Characters of a password."""
OF_ACCOUNT, OF_ALL, MINUTES = 5, 60, 15
"""Attempts that may fail in so many minutes: of one name, and of all together."""
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, 2 passes, 1 lane."""
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$5VdKJwF3CGMHPz6q1xmHNTi4cVQkTPPmLPNzuRhxSOw"
"""A hash of nothing, so that a name that nobody has takes as long as one that somebody has."""
_at_work = threading.Semaphore(2)
"""Whoever hashes takes memory, so not everybody does at once."""


class TooOftenError(Exception):
    """Somebody has tried too often.

    Attributes:
        seconds: after which he may try again.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many attempts; {seconds:.0f} s are to pass")
        self.seconds = seconds


class Attempts:
    """Counts attempts in memory, in a window that moves. An attempt counts when it begins, so many at once are many."""

    def __init__(self, of_account: int = OF_ACCOUNT, of_all: int = OF_ALL, minutes: int = MINUTES) -> None:
        self._account: RateLimitItem = RateLimitItemPerMinute(of_account, minutes)
        self._all: RateLimitItem = RateLimitItemPerMinute(of_all, minutes)
        self._counter = MovingWindowRateLimiter(MemoryStorage())

    def begin(self, name: str) -> None:
        """Count an attempt for a name.

        Raises:
            TooOftenError: as many have failed as may.
        """
        key = _key(name)
        for item, names in ((self._account, ("account", key)), (self._all, ("all",))):
            if not self._counter.test(item, *names):
                reset = self._counter.get_window_stats(item, *names).reset_time
                raise TooOftenError(max(1.0, reset - datetime.now(UTC).timestamp()))
        if not self._counter.hit(self._account, "account", key):
            raise TooOftenError(60.0)
        self._counter.hit(self._all, "all")

    def succeeded(self, name: str) -> None:
        """Forget what failed before for a name."""
        self._counter.clear(self._account, "account", _key(name))


def signed_in(connection: Connection, name: str, password: str) -> Reviewer | None:
    """Who signs in; None where name and password do not belong together, or he is disabled. Always takes as long.

    Args:
        connection: that may read.
        name: as it was typed.
        password: likewise.
    """
    rows = connection.execute(select(REVIEWERS.c.id, REVIEWERS.c.name, REVIEWERS.c.password)).all()
    row = next((row for row in rows if _key(row.name) == _key(name)), None)
    right = _matches(row.password if row is not None and row.password else _NOBODYS, password)
    reviewer = None if row is None or not row.password else reviewer_of(connection, row.id)
    return reviewer if right and reviewer is not None and not reviewer.disabled else None


def refuse_weak(password: str, name: str) -> None:
    """Return where a password may be taken.

    Raises:
        ServiceError: it is too short, too long, or the name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ServiceError(f"a password has {SHORTEST} to {LONGEST} characters")
    if len(set(password)) < 4 or password.casefold() == name.casefold():
        raise ServiceError("this password is guessed at once; take several words")


def set_password(connection: Connection, reviewer: Reviewer, password: str, *, actor: str) -> None:
    """Give a reviewer a password; whoever is signed in as him is signed out, and his link opens nothing any more.

    Args:
        connection: in a transaction that may write.
        reviewer: whose.
        password: in the clear; only its hash is kept.
        actor: who does it.

    Raises:
        ServiceError: it is too weak, or he is disabled.
    """
    refuse_weak(password, reviewer.name)
    stands = reviewer_of(connection, reviewer.id)
    if stands is None or stands.disabled:
        raise ServiceError(f"{reviewer.name}: is disabled, and gets no password")
    values = {"password": hashed(password), "link": "", "link_expires": "", "epoch": stands.epoch + 1}
    connection.execute(REVIEWERS.update().where(REVIEWERS.c.id == reviewer.id).values(**values))
    _note(connection, "reviewer's password set", reviewer, actor)


def make_link(connection: Connection, reviewer: Reviewer, *, days: float, actor: str) -> str:
    """What a link carries by which a reviewer sets his password himself, once, within so many days.

    Args:
        connection: in a transaction that may write.
        reviewer: whose; a former link of his opens nothing any more.
        days: for which it opens.
        actor: who makes it.

    Raises:
        ServiceError: he is disabled.
    """
    if reviewer.disabled:
        raise ServiceError(f"{reviewer.name}: is disabled, and gets no link")
    token = secrets.token_urlsafe(32)
    expires = as_time(datetime.now(UTC) + timedelta(days=days))
    values = {"link": _digest(token), "link_expires": expires}
    connection.execute(REVIEWERS.update().where(REVIEWERS.c.id == reviewer.id).values(**values))
    _note(connection, "reviewer's link made", reviewer, actor)
    return token


def reviewer_of_link(connection: Connection, token: str) -> Reviewer | None:
    """Whose link it is; None where it opens nothing (any more)."""
    mine = REVIEWERS.c.link == _digest(token), REVIEWERS.c.link_expires > now(), REVIEWERS.c.disabled == ""
    row = connection.scalar(select(REVIEWERS.c.id).where(*mine))
    return None if row is None else reviewer_of(connection, row)


def new_password() -> str:
    """A random one, about 100 bits."""
    return "-".join(secrets.token_hex(3) for _ in range(4))


def hashed(password: str) -> str:
    """Argon2id of a password, with its parameters and salt."""
    with _at_work:
        return _HASHER.hash(_same(password))


def _matches(known: str, password: str) -> bool:
    try:
        with _at_work:
            return _HASHER.verify(known, _same(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False


def _same(password: str) -> str:
    """The same text for the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


def _key(name: str) -> str:
    return hashlib.sha256(" ".join(name.split()).casefold().encode("utf-8", "replace")).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _note(connection: Connection, kind: str, reviewer: Reviewer, actor: str) -> None:
    personal = Personal("", {"reviewer": reviewer.id, "name": reviewer.name, "actor": actor})
    append_lines(connection, [(kind, {}, personal)])
