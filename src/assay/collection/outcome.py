"""Outcomes: what can become of an address, which of them are final, and the error that says so."""

from __future__ import annotations

from dataclasses import dataclass

PLANNED, KEPT, DUPLICATE, REFUSED, UNFIT, WITHDRAWN = "planned", "kept", "duplicate", "refused", "unfit", "withdrawn"
FAILURES = {
    "429": "the server asks to come later",
    "limit": "its host's limit is used up for now",
    "5xx": "a fault of the server",
    "dns": "the name of its server cannot be looked up, which says nothing about the picture",
    "connect": "its server cannot be reached",
    "tls": "its server has no valid certificate",
    "robots": "its server's robots.txt cannot be asked",
    "timeout": "it did not come in time",
    "truncated": "its server broke off",
    "protocol": "its server does not answer as HTTP has it",
    "gone": "it is not there any more (404, 410)",
    "4xx": "its server refuses it",
    "redirect": "its server sends on and on",
    "too-large": "it has too many bytes",
    "type": "it is no picture",
    "address": "its address leads to no server of the public internet",
}
"""What an error is called -> what it means; none is taken for an answer, so each may be asked again."""
AGAIN = ("429", "5xx", "connect", "truncated", "protocol")
"""Failures that another attempt at once may mend."""
LATER = (*AGAIN, "limit", "dns", "timeout", "tls", "robots")
"""Failures that `resume` asks again without being told to."""
FINAL = (KEPT, DUPLICATE, REFUSED, UNFIT, WITHDRAWN)
OUTCOMES = (PLANNED, *FINAL, *FAILURES)


@dataclass(eq=False)
class FetchFailed(Exception):  # noqa: N818  # says what happened
    """An address gave nothing that can be used.

    Attributes:
        outcome: of `FAILURES`, or "refused" where its server objects.
        reason: what happened, as a sentence's end.
    """

    outcome: str
    reason: str

    def __str__(self) -> str:
        return f"{self.outcome}: {self.reason}"
