"""Decision: what a person made of a finding. Decisions are added to and never changed; the last one about it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assay.audit.finding import CHOICES, NO_FINDING, RELABEL
from assay.errors import DataError, did_you_mean

EXCLUDED_BY = "excluded by"
"""How the reason begins for which a manifest leaves out what a person has excluded."""
UNDONE = "undone"
"""Takes back what was decided before: the finding is open again."""


@dataclass(frozen=True)
class AuditDecision:
    """What a person made of a finding.

    Attributes:
        finding: its id.
        kind: of the finding.
        name: of the finding.
        choice: of `CHOICES`, or `UNDONE`.
        images: sha256 of its pictures, the one that "keep" keeps first.
        by: who decided.
        reason: in his words.
        label: new class, for "relabel"; "" for any other choice.
        time: UTC, ISO 8601.
        paths: files of the pictures when it was decided, in the same order, by which files of the same bytes are told
            apart; () where they are not known.

    Raises:
        DataError: no such choice, nobody decided, no reason, a new label is missing, or there are no pictures for it.
    """

    finding: str
    kind: str
    name: str
    choice: str
    images: tuple[str, ...]
    by: str
    reason: str
    label: str = ""
    time: str = ""
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = (*CHOICES, UNDONE)
        if self.choice not in known:
            raise DataError(f"{self.choice!r} is no decision; {did_you_mean(self.choice, known)}")
        for what, text in (("who decided", self.by), ("why", self.reason)):
            if not text.strip():
                raise DataError(f"the decision about {self.finding} does not say {what}")
        if not self.images and self.choice not in (NO_FINDING, UNDONE):
            raise DataError(
                f"{self.finding} is about the dataset as a whole, not about pictures: only {NO_FINDING} fits"
            )
        if (self.choice == RELABEL) != bool(self.label):
            raise DataError(f"the decision about {self.finding}: a label goes with {RELABEL}, and with nothing else")


def in_force(decisions: Iterable[AuditDecision]) -> dict[str, AuditDecision]:
    """By finding, the last decision about it that nobody has taken back.

    Args:
        decisions: in the order in which they were made.
    """
    standing: dict[str, AuditDecision] = {}
    for decision in decisions:
        standing.pop(decision.finding, None)
        if decision.choice != UNDONE:
            standing[decision.finding] = decision
    return standing
