"""The table of a decision, for page, Markdown and terminal: variants in rows, criteria and objectives in columns."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evaluation.catalogue import label_of
from assay.measurement import Measurement
from assay.studies.decision.criterion import Criterion
from assay.studies.decision.decision import Candidate, Decision
from assay.studies.decision.metric import bound, interval, number

MARKS = {"met": "✓", "missed": "✗", "open": "?", "unknown": "∅"}
SAID = {"met": "met", "missed": "missed", "open": "inconclusive", "unknown": "unknown"}
ROLES = {"chosen": "★ chosen", "runner-up": "eligible", "not eligible": "not eligible"}


@dataclass(frozen=True)
class DecisionColumn:
    """A metric that is asked for, or that decides, or both.

    Attributes:
        metric: its name.
        criterion: what is asked; None for an objective without a criterion.
        head: for people.
        rank: its place among the objectives, from 1; 0 for none.
    """

    metric: str
    criterion: Criterion | None
    head: str
    rank: int


@dataclass(frozen=True)
class DecisionCell:
    """What a variant has in a column.

    Attributes:
        state: of the criterion; "" without one.
        value: as one reads it.
        interval: the same; "" where there is none.
        about: the class that decides, and how many others fail; "" for a metric of one number.
    """

    state: str
    value: str
    interval: str
    about: str = ""

    @property
    def mark(self) -> str:
        """A sign that needs no colour."""
        return MARKS.get(self.state, "")

    @property
    def word(self) -> str:
        """The state in a word."""
        return SAID.get(self.state, "")


def columns(decision: Decision) -> list[DecisionColumn]:
    """The criteria in their order, then the objectives without one."""
    ranks = {metric: place for place, metric in enumerate(decision.objectives, 1)}
    asked = [
        DecisionColumn(criterion.metric, criterion, _head(decision, criterion), ranks.get(criterion.metric, 0))
        for criterion in decision.criteria
    ]
    seen = {criterion.metric for criterion in decision.criteria}
    return asked + [
        DecisionColumn(objective, None, label_of(objective), ranks[objective])
        for objective in decision.objectives
        if objective not in seen
    ]


def cell(candidate: Candidate, column: DecisionColumn) -> DecisionCell:
    """What stands in a column for a variant."""
    judgement = candidate.judgement(column.metric)
    if judgement is None:
        return _cell("", column.metric, candidate.objective(column.metric))
    worst = judgement.worst
    about = worst.class_name or ""
    if about and len(judgement.failing) > 1:
        about += f" + {len(judgement.failing) - 1} more"
    return _cell(worst.state, column.metric, worst.measured, about)


def front_words(candidate: Candidate) -> str:
    """Its place on the Pareto front, or who dominates it."""
    if not candidate.complete:
        return "a value is missing"
    if not candidate.dominated:
        return "on the front"
    first, others = candidate.dominated[0], len(candidate.dominated) - 1
    more = f" and {others} more" if others else ""
    return f"behind {first.by}{more}, {'for certain' if first.certain else 'by value'}"


def _cell(state: str, metric: str, measured: Measurement | None, about: str = "") -> DecisionCell:
    return DecisionCell(
        state, number(metric, measured.value if measured else None), interval(metric, measured, "–"), about
    )


def _head(decision: Decision, criterion: Criterion) -> str:
    parts = next(
        (
            judgement.parts
            for each in decision.candidates
            for judgement in each.judgements
            if judgement.criterion == criterion
        ),
        (),
    )
    per_class = any(part.class_name is not None for part in parts)
    low, high = criterion.at_least, criterion.at_most
    sign = " ".join(
        f"{sign} {bound(criterion.metric, limit)}" for sign, limit in (("≥", low), ("≤", high)) if limit is not None
    )
    return f"{label_of(criterion.metric)}{' of every class' if per_class else ''} {sign}"
