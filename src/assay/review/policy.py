"""QueuePolicy: what is queued for review, how many look at it, and how long it is lent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QueuePolicy:
    """What is queued, and how it is lent.

    Attributes:
        below: calibrated confidence under which an answer is queued.
        random_share: of all answers, which belong to the random slice.
        known_share: of what a reviewer gets, whose class is known.
        second: sources whose items two reviewers look at.
        lease_seconds: for which an item is lent; whoever looks at it on renews that.
        guideline: digest of the one in force; "" for none.
        leases: that a reviewer may hold at once: the item before him and the next one, so that nobody hoards.
    """

    below: float = 0.75
    random_share: float = 0.02
    known_share: float = 0.05
    second: tuple[str, ...] = ("random",)
    lease_seconds: float = 600.0
    leases: int = 2
    guideline: str = ""

    def wanted(self, source: str, *, random_slice: bool) -> int:
        """Reviewers that an item of a source needs."""
        return 2 if source in self.second or (random_slice and "random" in self.second) else 1


PRIORITY = {
    "random": 5.0,
    "feedback": 4.0,
    "flip": 3.0,
    "drift": 2.5,
    "ood": 2.0,
    "audit": 2.0,
    "study": 2.0,
    "collected": 1.5,
    "low_confidence": 1.0,
    "known": 0.0,
}
"""Higher ones are asked first. The random slice is small, and an estimate from half of it would not be one."""
