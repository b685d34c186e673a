"""How it was decided, in sentences, and the policy as it stood when all overrides were in."""

from __future__ import annotations

from assay.evaluation.catalogue import label_of
from assay.studies.decision.decision import Decision
from assay.studies.decision.metric import COST


def policy_yaml(decision: Decision) -> str:
    """A file that gives the same policy again."""
    lines = [f"# {decision.purpose}"] if decision.purpose else []
    lines.append("criteria:" if decision.criteria else "criteria: {}")
    every = [criterion.sure for criterion in decision.criteria]
    sure = not every or every.count(True) * 2 >= len(every)
    for criterion in decision.criteria:
        keys = [("at_least", criterion.at_least), ("at_most", criterion.at_most)]
        parts = [f"{key}: {value:.12g}" for key, value in keys if value is not None]
        parts += [f"sure: {str(criterion.sure).lower()}"] if criterion.sure != sure else []
        lines.append(f"  {criterion.metric}: {{{', '.join(parts)}}}")
    lines.append(f"sure: {str(sure).lower()}")
    lines.append(f"objectives: [{', '.join(decision.objectives)}]")
    lines.append(f"cost_tolerance: {decision.cost_tolerance:.12g}")
    return "\n".join(lines) + "\n"


def method(decision: Decision) -> list[str]:
    """The rules that were followed, one sentence or two each."""
    level, half = f"{decision.confidence * 100:.3g}%", f"{(1 - decision.confidence) * 50:.3g}%"
    first = label_of(decision.objectives[0])
    sentences = []
    if any(criterion.sure for criterion in decision.criteria):
        sentences.append(
            f"A criterion is met when the whole {level} interval is on its right side, missed when the whole interval "
            "is on the wrong side, and inconclusive in between. Only what is met passes; an unknown number, or one "
            "without an interval, does not. What is counted (size, parameters) needs no interval; where all images are "
            "right, the interval is what so many without exception show (Clopper and Pearson)."
        )
        sentences.append(
            f"All criteria have to be met at once, so a variant that truly breaks one passes with a probability of at "
            f"most about {half}, without any correction (intersection-union test); over several variants these add up."
        )
    if any(not criterion.sure for criterion in decision.criteria):
        sentences.append("Where a criterion need not be sure, the value alone decides; chance is not ruled out.")
    sentences.append(
        f"Among those that meet every criterion, variants dominated by value are eliminated. Then {first} decides, but "
        "only by significant differences; among those without one, the next objective decides."
        + ("" if decision.objectives[0].startswith(COST) else " A costlier model needs a significant gain.")
    )
    paired = (
        f"Against {decision.baseline} a difference is significant by the study's paired test: same images, "
        "Holm-adjusted over all hypotheses. Two others differ when one is significantly better than it and the other "
        "worse, or if "
        if decision.paired
        else "Two variants differ when "
    )
    sentences.append(
        f"{paired}their intervals do not overlap, which is weaker than a paired test and conservative: small real "
        "differences go unnoticed, and cost decides."
    )
    if any(objective.startswith(COST) for objective in decision.objectives):
        sentences.append(
            f"Costs that differ by less than {decision.cost_tolerance * 100:.3g}% count as the same; one without an "
            "interval counts as it stands."
        )
    sentences.append(
        "The Pareto front holds the variants that no other dominates by value over all objectives. Dominated for "
        "certain is what another one dominates without overlap of the intervals."
    )
    if decision.chosen is None:
        sentences.append(
            "Nearest is the variant with the fewest criteria missed or unknown, then the fewest inconclusive, then the "
            "smallest sum of shortfalls, each as a share of its bound and of the worst class."
        )
    return sentences
