"""Sessions: what a browser carries from page to page, in a cookie that it can read and not write."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

LARGEST = 3_500
"""Characters of a cookie; browsers take 4,096 bytes with its name and attributes."""


@dataclass
class Flash:
    """A message that the next page shows once.

    Attributes:
        key: of the phrase.
        values: that it is filled with.
        kind: "done" or "wrong".
    """

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    kind: str = "done"


@dataclass
class Session:
    """What a browser carries. Whoever changes it sets `changed`, or uses the methods, which do.

    Attributes:
        id: random; the tokens of forms are bound to it.
        values: by name, such as who has signed in; readable to whoever has the cookie.
        flashes: that no page has shown yet.
        changed: whether the cookie has to be written.
    """

    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    values: dict[str, str] = field(default_factory=dict)
    flashes: list[Flash] = field(default_factory=list)
    changed: bool = True

    def keep(self, **values: str) -> None:
        """Keep values; "" forgets one."""
        self.values = {name: value for name, value in (self.values | values).items() if value}
        self.changed = True

    def flash(self, key: str, kind: str = "done", **values: Any) -> None:
        """Have the next page show a message."""
        self.flashes.append(Flash(key, values, kind))
        self.changed = True

    def take_flashes(self) -> list[Flash]:
        """The messages that were not shown yet; they are gone from the session."""
        taken, self.flashes = self.flashes, []
        self.changed = self.changed or bool(taken)
        return taken

    def renew(self, **values: str) -> None:
        """Begin anew with these values: after signing in or out nothing of before holds, no token either."""
        self.id, self.values, self.flashes = secrets.token_urlsafe(18), {}, []
        self.keep(**values)


class Sessions:
    """Reads and writes the cookie of one purpose.

    The cookie is signed under the service's secret; behind TLS it is for TLS alone and this host alone. Nothing of it
    is kept here, so what has to end at once (a key, a reviewer) is looked up with each request.

    Args:
        secret: of the service, 32 bytes.
        purpose: name of the cookie; one purpose's opens nothing of another.
        seconds: that it holds since the last page.
    """

    def __init__(self, secret: bytes, purpose: str, *, seconds: int) -> None:
        self.purpose, self.seconds = purpose, seconds
        self._tokens = hmac.new(secret, f"token of {purpose}".encode(), hashlib.sha256).digest()
        self._signer = URLSafeTimedSerializer(secret, salt=f"assay session {purpose}")

    def of(self, request: Request) -> Session:
        """The session of a request: the browser's, or a new one where it has none that holds."""
        known: dict[str, Session] = request.scope.setdefault("assay.sessions", {})
        if self.purpose not in known:
            known[self.purpose] = self._read(request.cookies.get(self._name(request), ""))
        return known[self.purpose]

    def write(self, request: Request, response: Response) -> None:
        """Set the cookie where the session has changed, or a quarter of its time is over."""
        session = self.of(request)
        if not session.changed:
            return
        shown = [vars(each) for each in session.flashes]
        text: str = self._signer.dumps({"id": session.id, "values": session.values, "flashes": shown})
        if len(text) > LARGEST:
            raise ValueError(f"a session of {len(text)} characters; at most {LARGEST} fit into a cookie")
        response.set_cookie(
            self._name(request),
            text,
            max_age=self.seconds,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def token(self, session: Session) -> str:
        """What a form of this session carries, so that no other site can send it."""
        return hmac.new(self._tokens, session.id.encode(), hashlib.sha256).hexdigest()

    def is_token(self, session: Session, text: str) -> bool:
        """Whether this is the token of the session."""
        return hmac.compare_digest(self.token(session), text.encode("ascii", "replace").decode())

    def _name(self, request: Request) -> str:
        return f"{'__Host-' if request.url.scheme == 'https' else ''}assay-{self.purpose}"

    def _read(self, text: str) -> Session:
        if not text or len(text) > LARGEST:
            return Session()
        try:
            read, signed = self._signer.loads(text, max_age=self.seconds, return_timestamp=True)
            flashes = [Flash(**each) for each in read["flashes"]]
            session = Session(read["id"], dict(read["values"]), flashes, changed=False)
        except (BadSignature, KeyError, TypeError, ValueError):
            return Session()
        session.changed = time.time() - signed.timestamp() > self.seconds / 4
        return session
