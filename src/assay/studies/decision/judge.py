"""Judge: whether a variant keeps a criterion, misses it, or leaves it open."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

from assay.errors import ConfigError, StudyError, did_you_mean
from assay.measurement import Measurement
from assay.studies.decision.criterion import Criterion
from assay.studies.decision.metric import COST, better_side, ends
from assay.studies.decision.needed import images_to_clear
from assay.studies.decision.policy import Policy
from assay.studies.result import StudyResult, VariantResult

State = Literal["met", "open", "unknown", "missed"]
SEVERITY: dict[str, int] = {"met": 0, "open": 1, "unknown": 2, "missed": 3}


@dataclass(frozen=True)
class JudgedPart:
    """One number of a variant held against a criterion.

    Attributes:
        class_name: the class it is about; None for all.
        measured: the number; None where the variant has none.
        state: "met" when the whole interval keeps the bound, "missed" when the whole interval does not, "open" when it
            straddles the bound, "unknown" without a value or an interval. Where the criterion need not be sure, the
            value alone makes it "met" or "missed". Only what is met passes.
        margin: of the interval's nearer end to the bound (or the value's), as `Criterion.margin`; None where unknown.
        more_images: that would let an open interval clear the bound, if the value stays; None where no number would.
    """

    class_name: str | None
    measured: Measurement | None
    state: State
    margin: float | None
    more_images: int | None = None


@dataclass(frozen=True)
class Judgement:
    """A variant and one criterion.

    Attributes:
        criterion: what is asked.
        parts: one, or one for each class.
    """

    criterion: Criterion
    parts: tuple[JudgedPart, ...]

    @property
    def worst(self) -> JudgedPart:
        """The part that decides: by state, then by margin."""
        return max(self.parts, key=lambda part: (SEVERITY[part.state], -(part.margin or 0.0)))

    @property
    def state(self) -> State:
        """That of the worst part."""
        return self.worst.state

    @property
    def failing(self) -> tuple[JudgedPart, ...]:
        """The parts that are not met."""
        return tuple(part for part in self.parts if part.state != "met")


def judge(study: StudyResult, variant: VariantResult, criterion: Criterion) -> Judgement:
    """Hold a variant against a criterion; a metric with a value per class is asked of every class of the study."""
    known = {class_name for metric, class_name in study.metrics() if metric == criterion.metric}
    names: list[str | None] = [None] if None in known else []
    if known - {None}:
        names += study.class_names
    parts = []
    for name in names:
        value = variant.value(criterion.metric, name)
        parts.append(hold(criterion, name, value.measured if value else None))
    return Judgement(criterion, tuple(parts))


def check(study: StudyResult, policy: Policy) -> None:
    """Refuse a policy that cannot be held against a study.

    A number that no variant has is a slip of the pen, or was never measured; one that only some lack is not, and
    fails for these.

    Raises:
        ConfigError: no variant has a metric, an objective is none that can decide, or a bound asks for the worse side.
        StudyError: no training of the study ended well.
    """
    known = study.metrics()
    if not known:
        raise StudyError(f"study {study.name}: none of its trainings ended well; there is nothing to decide on")
    for criterion in policy.demands:
        _refuse_unknown(study, f"policy.criteria.{criterion.metric}", criterion.metric, {name for name, _ in known})
        wrong = {"higher": criterion.at_least is None, "lower": criterion.at_most is None}
        if wrong.get(side := better_side(criterion.metric), False):
            meant = "at_least" if side == "higher" else "at_most"
            raise ConfigError(f"policy.criteria.{criterion.metric}: {side} is better; write {meant}")
    for name in policy.objectives:
        single = {metric for metric, owner in known if owner is None}
        if name not in single and any(metric == name for metric, _ in known):
            raise ConfigError(
                f"policy.objectives: {name} is one number per class, and an objective has to be one number"
            )
        _refuse_unknown(study, f"policy.objectives: {name}", name, single)
        if not better_side(name):
            raise ConfigError(f"policy.objectives: {name}: it is not known which side of it is better; take another")


def _refuse_unknown(study: StudyResult, place: str, metric: str, known: Set[str]) -> None:
    if metric not in known:
        hint = did_you_mean(metric, known)
        raise ConfigError(f"{place}: no variant of study {study.name} has such a number; {hint}")


def hold(criterion: Criterion, class_name: str | None, measured: Measurement | None) -> JudgedPart:
    """One number held against a criterion; `class_name` says what it is about."""
    if measured is None or measured.value is None:
        return JudgedPart(class_name, measured, "unknown", None)
    if not criterion.sure:
        state: State = "met" if criterion.holds(measured.value) else "missed"
        return JudgedPart(class_name, measured, state, criterion.margin(measured.value))
    span = ends(criterion.metric, measured)
    if span is None:
        return JudgedPart(class_name, measured, "unknown", None)
    margin = min(map(criterion.margin, span))
    if margin >= 0:
        return JudgedPart(class_name, measured, "met", margin)
    low, high = span
    outside = (criterion.at_least is not None and high < criterion.at_least) or (
        criterion.at_most is not None and low > criterion.at_most
    )
    if outside:
        return JudgedPart(class_name, measured, "missed", margin)
    return JudgedPart(class_name, measured, "open", margin, _more_images(criterion, measured, span))


def _more_images(criterion: Criterion, measured: Measurement, span: tuple[float, float]) -> int | None:
    """More images for every bound that the interval does not keep yet; a cost does not depend on their number."""
    if criterion.metric.startswith(COST) or measured.value is None or not criterion.holds(measured.value):
        return None
    totals = []
    for end in span:
        bound = criterion.broken_by(end)
        if bound is not None:
            totals.append(images_to_clear(measured.value, end, bound, measured.n))
    if any(total is None for total in totals):
        return None
    return max(1, max(total for total in totals if total is not None) - measured.n)
