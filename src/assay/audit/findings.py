"""Findings: what an audit came upon in a dataset, by which limits, and what it did not look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.audit.finding import Finding


@dataclass(frozen=True)
class Limit:
    """Where a measured value begins to be a finding, as it was learned from the dataset.

    Attributes:
        kind: of the findings.
        name: of the findings.
        statistic: what is measured, with its unit.
        side: "below" or "above", where the findings are.
        value: the limit.
        usual: median of the pictures that it was learned from.
        images: how many these are.
        beyond: how many pictures are beyond the limit.
        class_name: whose pictures these are; "" for all.
    """

    kind: str
    name: str
    statistic: str
    side: str
    value: float
    usual: float
    images: int
    beyond: int
    class_name: str = ""


@dataclass(frozen=True)
class Findings:
    """What an audit came upon.

    Attributes:
        findings: by kind in the order of `KINDS`, within a kind the surest first.
        looked_at: kinds that were looked for.
        limits: that were learned.
        notes: what has to be known to read them, as sentences.
        skipped: kind, or kind and part of it ("copies: embedding neighbours"), to why nobody looked for it.
    """

    findings: tuple[Finding, ...] = ()
    looked_at: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.findings)

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind, the surest first."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    def joined(self, other: Findings) -> Findings:
        """These, and then the others."""
        return Findings(
            self.findings + other.findings,
            self.looked_at + other.looked_at,
            self.limits + other.limits,
            self.notes + other.notes,
            {**self.skipped, **other.skipped},
        )
