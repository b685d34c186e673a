"""The answer of a decision: the first sentence that people read, and often the only one."""

from __future__ import annotations

from collections.abc import Sequence

from assay.evaluation.catalogue import label_of
from assay.studies.decision.apart import DecisionEvidence
from assay.studies.decision.choose import VariantChoice
from assay.studies.decision.criterion import Criterion
from assay.studies.decision.metric import better_side, number, with_interval
from assay.studies.decision.reasons import ground, listing


def take(
    choice: VariantChoice,
    policy: str,
    criteria: Sequence[Criterion],
    objectives: Sequence[str],
    variants: int,
    evidence: DecisionEvidence,
) -> str:
    """Why this variant is taken.

    Args:
        choice: how it was chosen.
        policy: its name.
        criteria: that the chosen one keeps.
        objectives: of the policy.
        variants: of the study.
        evidence: that was used.
    """
    eligible = len(choice.beaten) + len(choice.left) + sum(len(step.dropped) for step in choice.steps)
    sentences = []
    if criteria:
        sentences.append(_keeps(policy, criteria, eligible, variants))
    if eligible > 1:
        sentences.append(why_this(choice, objectives, evidence))
    return " ".join(sentences) or "It is the only variant."


def none(policy: str, nearest: str, lack: str, variants: int) -> str:
    """That nothing is eligible, what comes nearest, and what that lacks."""
    if variants == 1:
        return f"{nearest}, the only variant, does not meet every criterion of {policy}. What it lacks: {lack}."
    return f"None of {variants} variants meets every criterion of {policy}. Nearest is {nearest}: {lack}."


def why_this(choice: VariantChoice, objectives: Sequence[str], evidence: DecisionEvidence) -> str:
    """What made the difference to the other eligible variants."""
    chosen, first = choice.chosen, objectives[0]
    if not choice.steps:
        return "Every other eligible variant is dominated by it or by one that it dominates."
    if len(choice.left) > 1:
        others = listing([name for name in choice.left if name != chosen])
        if chosen == evidence.baseline:
            return f"No objective differs significantly from {others}, so the baseline is kept."
        return f"No objective differs significantly from {others}; the better values decide, {label_of(first)} first."
    deciding = [step for step in choice.steps if step.dropped][-1]
    if deciding.objective == first:
        return f"Its {label_of(first)} is significantly better than that of any other."
    best = choice.steps[0].best
    value = number(deciding.objective, _value(evidence, deciding.objective, chosen))
    cheaper = f"{label_of(deciding.objective)} decides: {value} is the {_extreme(deciding.objective)} among equals"
    if best == chosen:
        return f"It has the best {label_of(first)}, {with_interval(first, evidence.value(first, best))}; {cheaper}."
    why = ground(evidence.difference(first, best, chosen), evidence.baseline)
    return (
        f"{best} has a better {label_of(first)} ({number(first, _value(evidence, first, best))} against "
        f"{number(first, _value(evidence, first, chosen))}), but the gain is not significant ({why}); {cheaper}."
    )


def _keeps(policy: str, criteria: Sequence[Criterion], eligible: int, variants: int) -> str:
    sure = [criterion.sure for criterion in criteria]
    how = "with whole intervals" if all(sure) else "in part by value alone" if any(sure) else "by value alone"
    who = f"one of {eligible} among {variants} variants" if eligible > 1 else f"the only one of {variants} variants"
    message = f"It meets every criterion of {policy}, {how}"
    return f"{message}." if variants == 1 else f"{message}: {who}."


def _extreme(metric: str) -> str:
    return "highest" if better_side(metric) == "higher" else "lowest"


def _value(evidence: DecisionEvidence, metric: str, name: str) -> float | None:
    measured = evidence.value(metric, name)
    return measured.value if measured else None
