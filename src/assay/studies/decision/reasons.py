"""Reasons: why a variant is not eligible, or was not chosen, in a sentence that claims no more than is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.comparison.page import p_value
from assay.comparison.words import rounded
from assay.evaluation.catalogue import label_of
from assay.evaluation.cost import RUNS_FOR_P95, RUNS_FOR_P99
from assay.studies.decision.apart import DecisionEvidence, VariantDifference
from assay.studies.decision.choose import Dropped, VariantChoice
from assay.studies.decision.criterion import Criterion
from assay.studies.decision.front import Dominance, goodness
from assay.studies.decision.judge import JudgedPart, Judgement
from assay.studies.decision.metric import bound, ends, interval, number, with_interval


def not_eligible(judgements: Sequence[Judgement], lacking: Sequence[str], trainings: int) -> str:
    """All that a variant lacks.

    Args:
        judgements: of every criterion.
        lacking: objectives that it has no value of.
        trainings: that ended well.
    """
    if not trainings:
        return "none of its trainings ended well"
    sentences = [lacks(judgement, trainings) for judgement in judgements if judgement.state != "met"]
    asked = {judgement.criterion.metric for judgement in judgements}
    sentences += [
        f"{label_of(metric)}, an objective, is unknown{_timed_more(metric)}"
        for metric in lacking
        if metric not in asked
    ]
    return "; ".join(sentences)


def lacks(judgement: Judgement, trainings: int) -> str:
    """What is missing for a criterion, by how much, and how many more images would show it."""
    criterion, worst = judgement.criterion, judgement.worst
    sentence = _lacking(criterion, worst, trainings)
    others = [part.class_name for part in judgement.failing if part is not worst and part.class_name]
    if others:
        listed = listing(others) if len(others) <= 3 else f"{len(others)} other classes"
        sentence += f" (the same criterion fails for {listed})"
    return sentence


def _lacking(criterion: Criterion, part: JudgedPart, trainings: int) -> str:
    name, measured = label_of(criterion.metric, part.class_name), part.measured
    if measured is None or measured.value is None:
        return f"{name} is unknown, so it does not pass{_timed_more(criterion.metric)}"
    value = number(criterion.metric, measured.value)
    if part.state == "unknown":
        return f"{name} is {value} without an interval ({measured.method}), so nothing about it is sure"
    broken = criterion.broken_by(measured.value)
    if broken is None:
        span = ends(criterion.metric, measured) or ()
        past = next(limit for end in span if (limit := criterion.broken_by(end)) is not None)
        side = f"{'below' if past == criterion.at_least else 'above'} {bound(criterion.metric, past)}"
        shown = interval(criterion.metric, measured)
        return f"{name} is {value}, but its interval ({shown}) reaches {side}{_more(part, trainings)}"
    by = number(criterion.metric, abs(measured.value - broken))
    far = f"{by} {'short of' if measured.value < broken else 'over'} {bound(criterion.metric, broken)}"
    shown = with_interval(criterion.metric, measured) if criterion.sure else value
    if part.state == "open":
        return f"{name} is {shown}, {far}; its interval reaches past the bound, so it is inconclusive"
    exact = not criterion.sure or not interval(criterion.metric, measured)
    return f"{name} is {shown}, {far}" + ("" if exact else " with its whole interval")


def _timed_more(metric: str) -> str:
    """For a percentile of latency, how many timed answers it needs and what makes them."""
    needed = {"cost/latency_p95_ms": RUNS_FOR_P95, "cost/latency_p99_ms": RUNS_FOR_P99}.get(metric)
    if needed is None:
        return ""
    return f" (it takes {needed} timed answers, evaluation=quick times fewer: run the study with evaluation=standard)"


def _more(part: JudgedPart, trainings: int) -> str:
    if part.more_images is None:
        return ""
    count = rounded(part.more_images)
    of = f" of {part.class_name}" if part.class_name else ""
    images = f"more test image{'' if part.more_images == 1 else 's'}{of}"
    if trainings > 1:
        return f"; at least {count} {images} would clear it, if the value stays and the trainings agree as they do"
    return f"; about {count} {images} would clear it, if the value stays"


def not_chosen(
    name: str,
    choice: VariantChoice,
    objectives: Sequence[str],
    over: Mapping[str, Sequence[Dominance]],
    evidence: DecisionEvidence,
) -> str:
    """Why an eligible variant is a runner-up.

    Args:
        name: of the variant.
        choice: how another one was chosen.
        objectives: of the policy.
        over: by whom each eligible variant is dominated, among the eligible.
        evidence: that was used.
    """
    if name in choice.beaten:
        return _dominated(name, choice.chosen, objectives, over[name], evidence)
    for place, step in enumerate(choice.steps):
        drop = next((variant for variant in step.dropped if variant.name == name), None)
        if drop and place == 0:
            apart = evidence.difference(step.objective, drop.by, name)
            return f"{_against(step.objective, drop, evidence)}: {ground(apart, evidence.baseline)}"
        if drop:
            alike = _alike(name, choice, objectives[:place], evidence)
            return f"{alike}; {_against(step.objective, drop, evidence)}"
    chosen = choice.chosen
    for metric in objectives:
        own, other = evidence.value(metric, name), evidence.value(metric, chosen)
        if goodness(metric, own) < goodness(metric, other):
            values = f"{with_interval(metric, own)} against {with_interval(metric, other)}"
            return (
                f"no significant difference to {chosen} in any objective; its {label_of(metric)} has the worse value, "
                f"{values}"
            )
    return f"the same as {chosen} in every objective; the order of names decides"


def ground(apart: VariantDifference, baseline: str) -> str:
    """What a significant difference, or the lack of one, rests on."""
    if apart.ground == "paired":
        p = f"Holm-adjusted p {p_value(apart.p)}" if apart.p is not None else "no p"
        return f"{'significant' if apart.better else 'inconclusive'} on the same images ({p})"
    if apart.ground == "through the baseline":
        return f"one is significantly better than {baseline}, the other worse"
    if apart.ground == "intervals":
        return "the intervals do not overlap" if apart.better else "the intervals overlap"
    return {"values": "there are no intervals, the values decide", "tolerance": "within the tolerance"}.get(
        apart.ground, "there is no interval"
    )


def listing(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _against(metric: str, dropped: Dropped, evidence: DecisionEvidence) -> str:
    own, other = (with_interval(metric, evidence.value(metric, variant)) for variant in (dropped.name, dropped.by))
    return f"{label_of(metric)} is {own} against {other} of {dropped.by}"


def _alike(name: str, choice: VariantChoice, objectives: Sequence[str], evidence: DecisionEvidence) -> str:
    """What did not tell it apart from the chosen one, the first objective in full."""
    first, chosen = objectives[0], choice.chosen
    own, other = evidence.value(first, name), evidence.value(first, chosen)
    apart = evidence.difference(first, name, chosen)
    values = f"{number(first, own.value if own else None)} against {number(first, other.value if other else None)}"
    why = ground(apart, evidence.baseline)
    if goodness(first, own) > goodness(first, other):
        message = f"its better {label_of(first)} than that of {chosen} ({values}) is not significant: {why}"
        if apart.more_images is not None:
            message += f"; at this effect size about {rounded(apart.more_images)} more images give 80% power"
    else:
        message = f"{label_of(first)} does not differ significantly from that of {chosen} ({values}): {why}"
    if len(objectives) > 1:
        message += f"; nor is {listing([label_of(metric) for metric in objectives[1:]])}"
    return message


def _dominated(
    name: str, chosen: str, objectives: Sequence[str], over: Sequence[Dominance], evidence: DecisionEvidence
) -> str:
    dominance = next((each for each in over if each.by == chosen), over[0])
    worse, same = [], 0
    for metric in objectives:
        own, other = evidence.value(metric, name), evidence.value(metric, dominance.by)
        values = [number(metric, each.value if each else None) for each in (own, other)]
        # Sizes differ by single bytes: what reads the same is no reason.
        if values[0] != values[1]:
            worse.append(f"{label_of(metric)} {values[0]} against {values[1]}")
        else:
            same += 1
    how = "for certain: the intervals do not overlap" if dominance.certain else "by value, not for certain"
    nothing = "; it is better in nothing" if same else ""
    return f"dominated by {dominance.by} ({how}): {listing(worse) if worse else 'by less than is shown here'}{nothing}"
