"""Notes: what a reader has to keep in mind before believing a decision."""

from __future__ import annotations

from assay.comparison.comparison import Comparison
from assay.evaluation.catalogue import label_of
from assay.studies.decision.apart import DecisionEvidence
from assay.studies.decision.choose import VariantChoice
from assay.studies.decision.judge import Judgement
from assay.studies.decision.policy import Policy
from assay.studies.decision.reasons import listing
from assay.studies.result import StudyResult, VariantResult


def notes_on(
    study: StudyResult,
    policy: Policy,
    judged: dict[str, tuple[Judgement, ...]],
    choice: VariantChoice | None,
    comparison: Comparison | None,
    used: Comparison | None,
    evidence: DecisionEvidence,
) -> list[str]:
    """What a reader has to keep in mind, in sentences; those of the study come last.

    Args:
        study: what came out.
        policy: what was asked.
        judged: judgements by variant.
        choice: how one was chosen; None when none is eligible.
        comparison: that lay beside the study.
        used: the same where it is of this study; None otherwise.
        evidence: that was used.
    """
    notes = []
    unsure = [label_of(demand.metric) for demand in policy.demands if not demand.sure]
    if unsure:
        notes.append(f"The value alone decided on {listing(unsure)}: whether it is more than chance was not tested.")
    notes += [
        f"{label_of(metric)} has no interval somewhere, so it cannot pass for sure: trainings with several seeds give "
        f"one, or policy.criteria.{metric}.sure=false lets the value decide."
        for metric in _without_interval(judged)
    ]
    if choice and len(judged) > 1:
        notes.append(
            f"The choice was made on the same {study.n:,} test images that the numbers come from, so those of "
            f"{choice.chosen} are rather too good than too bad. New images would tell."
        )
    if comparison is None and len(judged) > 1:
        notes.append("There was no paired comparison beside the study; variants are compared by their intervals.")
    elif used is None and len(judged) > 1:
        notes.append("The comparison beside the study is of other trainings and was not used.")
    if choice and choice.steps and choice.steps[0].best != choice.chosen:
        first = choice.steps[0]
        if evidence.difference(first.objective, first.best, choice.chosen).ground == "intervals":
            notes.append(
                f"Whether {first.best} is better than {choice.chosen} in {label_of(first.objective)} was judged by "
                f"their intervals alone. A study with {choice.chosen} as its baseline compares the two on the same "
                "images, and sees smaller differences."
            )
    notes += [_failed(variant) for variant in study.variants if any(training.error for training in variant.trainings)]
    return [*notes, *study.notes]


def _without_interval(judged: dict[str, tuple[Judgement, ...]]) -> list[str]:
    """Metrics of which a variant has a value that fails for want of an interval."""
    parts = (
        (judgement.criterion.metric, part) for own in judged.values() for judgement in own for part in judgement.parts
    )
    matching_parts = [
        metric
        for metric, part in parts
        if part.state == "unknown" and part.measured and part.measured.value is not None
    ]
    return list(dict.fromkeys(matching_parts))


def _failed(variant: VariantResult) -> str:
    errors = [training.error for training in variant.trainings if training.error]
    reason = (errors[0] or "").strip().partition("\n")[0][:200].rstrip(".")
    return f"{variant.name}: {len(errors)} of {len(variant.trainings)} trainings came to nothing ({reason})."
