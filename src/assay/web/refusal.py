"""PageRefusal: why a page is not what was asked for; it becomes a page of its own that says what to do."""

from __future__ import annotations

from dataclasses import dataclass, field

STATUS = {
    "not-found": 404,
    "method": 405,
    "forbidden": 403,
    "other-site": 403,
    "old-form": 403,
    "signed-out": 401,
    "slow": 408,
    "too-large": 413,
    "form": 422,
    "rate": 429,
    "busy": 503,
    "store": 503,
    "fault": 500,
}
"""Name -> status; phrases `error.NAME.title` and `error.NAME.remedy` say it in every language."""


@dataclass(eq=False)
class PageRefusal(Exception):  # noqa: N818  # says what it is for whoever reads the page
    """A page that is not shown.

    Attributes:
        name: of `STATUS`.
        detail: about this request, in the reader's language where it can be; "" for nothing.
        retry_after: seconds after which it may be tried again; None where that changes nothing.
        headers: further headers.
        language: of the detail; "" for the reader's.
        of_room: status of a name that a room has phrases for, and `STATUS` does not hold; 0 for none.
    """

    name: str
    detail: str = ""
    retry_after: float | None = None
    headers: dict[str, str] = field(default_factory=dict)
    of_room: int = 0
    language: str = ""

    @property
    def status(self) -> int:
        """Of HTTP."""
        return self.of_room or STATUS[self.name]
