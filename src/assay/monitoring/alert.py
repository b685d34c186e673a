"""Alert: why somebody should look at a model now, what speaks for it, and what he can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DRIFT, ESTIMATE, OPERATING_POINT = "drift", "estimate", "operating_point"
DEAD_MAN, FEEDBACK = "dead_man", "feedback"
KINDS = (DRIFT, ESTIMATE, OPERATING_POINT, DEAD_MAN, FEEDBACK)
"""Pictures have changed; the metric is too low; too much is rejected or left to people; nobody asks or watches; what a
client says is not borne out by reviewers, so that nothing of it is trained on."""
OF_NO_BUNDLE = (DEAD_MAN, FEEDBACK)
"""Kinds that are not about what answers, and ask for no labels."""
OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"
REVIEW_NEXT, ADDRESS_NEXT, LABELS_NEXT = "review", "service", "labels"
"""Next steps: have the loudest pictures reviewed; see to service and watcher; see which labels are held back."""
MOST_PICTURES = 200
"""Answers that an alert names, at most."""


@dataclass(frozen=True)
class NextStep:
    """What to do about an alert.

    Attributes:
        kind: `REVIEW_NEXT`, `ADDRESS_NEXT` or `LABELS_NEXT`.
        count: pictures to review; 0 where none are.
    """

    kind: str
    count: int = 0

    def command(self, alert: str) -> str:
        """What is typed for it.

        Args:
            alert: id of the alert.
        """
        if self.kind == REVIEW_NEXT:
            return f"assay watch alerts queue {alert} count={self.count}"
        return "assay review labels to=trial dry_run=true" if self.kind == LABELS_NEXT else "assay watch once"


@dataclass(frozen=True)
class SpeakingAnswer:
    """An answer that speaks for an alert.

    Attributes:
        prediction: its id in the log.
        score: how loud; comparable within one alert alone.
    """

    prediction: str
    score: float


@dataclass(frozen=True)
class Cause:
    """Why a look alerts.

    Attributes:
        name: of the cause, such as "drift/ks/brightness"; open at most once at a time.
        kind: of `KINDS`.
        finding: name of the sentence that says what was met, such as "drift.statistic"; pages say it in each language.
        values: that the sentence is filled with, JSON values.
        sentence: the same in plain English, for terminal and webhook.
        answers: that speak loudest for it, the loudest first.
        next_step: what to do.
    """

    name: str
    kind: str
    finding: str
    values: Mapping[str, Any]
    sentence: str
    answers: tuple[SpeakingAnswer, ...] = ()
    next_step: NextStep = NextStep(ADDRESS_NEXT)


@dataclass(frozen=True)
class Alert:
    """A cause that was met, and what became of it.

    Attributes:
        id: from `ids.new_id`.
        cause: name of the cause.
        kind: of `KINDS`.
        state: `OPEN`, `ACKNOWLEDGED` or `RESOLVED`.
        opened: UTC.
        last: when the cause was met last, UTC.
        count: looks that met it.
        missed: looks since then that looked for it and did not meet it.
        owner: who sees to it; "" for nobody.
        muted_until: until when nobody is told, UTC; "" for not muted.
        resolved: UTC; "" for not.
        reason: why it was resolved.
        model: registered name of the model that it is about.
        version: of it.
        bundle: hex sha256 of its bundle; "" where it is about no bundle.
        look: id of the look that met it last.
        evidence: `finding`, `values` and `sentence` of the newest cause.
        next_step: what to do.
    """

    id: str
    cause: str
    kind: str
    state: str
    opened: str
    last: str
    count: int = 1
    missed: int = 0
    owner: str = ""
    muted_until: str = ""
    resolved: str = ""
    reason: str = ""
    model: str = ""
    version: str = ""
    bundle: str = ""
    look: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    next_step: NextStep = NextStep(ADDRESS_NEXT)

    @property
    def sentence(self) -> str:
        """What was met, in plain English."""
        return str(self.evidence.get("sentence", self.cause))

    def is_muted(self, at: str) -> bool:
        """Whether nobody is told at a moment, UTC as the store writes it."""
        return self.state != RESOLVED and self.muted_until > at

    def calls(self, at: str) -> bool:
        """Whether somebody has still to see to it at a moment: it is neither acknowledged, muted nor resolved."""
        return self.state == OPEN and not self.is_muted(at)
