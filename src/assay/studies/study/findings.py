"""Findings: the answer of a study in sentences that claim no more than the evidence does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assay.comparison import Claim, Comparison
from assay.comparison.words import rounded
from assay.evaluation.catalogue import label_of, names_on, shown_on
from assay.pages.numbers import signed
from assay.studies.result import StudyResult

MOST_NAMED = 4


def findings(result: StudyResult, comparison: Comparison | None) -> StudyResult:
    """The same result with its sentences: first over all variants, then one for each of them."""
    if comparison is None:
        return replace(result, findings=tuple(_alone(result)))
    sentences = [_overall(comparison, metric) for metric in _headlines(comparison)]
    sentences += [_about(comparison, place) for place in range(len(comparison.variants))]
    return replace(result, findings=tuple(sentences))


def _headlines(comparison: Comparison) -> list[str]:
    """Of the metrics that claims are made about; the first one when none of the usual is among them."""
    made = list(dict.fromkeys(claim.metric for claim in comparison.variants[0].claims))
    return shown_on("study findings", made) or made[:1]


def _overall(comparison: Comparison, metric: str) -> str:
    claims = [
        (variant.side.name, claim)
        for variant in comparison.variants
        for claim in variant.claims
        if claim.metric == metric
    ]
    per_class = any(claim.class_name is not None for _, claim in claims)
    label = f"the {label_of(metric)} of a class" if per_class else label_of(metric)
    against, total = comparison.baseline.name, len(comparison.variants)
    many = "the variant" if total == 1 else f"any of {total} variants"
    sentences = []
    for verdict in ("better", "worse"):
        hypotheses = [(name, claim) for name, claim in claims if claim.verdict == verdict]
        if hypotheses:
            sentences.append(f"significantly {verdict} than {against}: {_listed(hypotheses)}")
    if not sentences:
        return f"{label[:1].upper()}{label[1:]}: no significant difference of {many} to {against}{_nearest(claims)}."
    return f"{label[:1].upper()}{label[1:]}: {'; '.join(sentences)}."


def _listed(hypotheses: Sequence[tuple[str, Claim]]) -> str:
    named = []
    for name, claim in sorted(hypotheses, key=lambda pair: -abs(pair[1].difference.value or 0.0)):
        where = "" if claim.class_name is None else f" for {claim.class_name}"
        low, high = claim.difference.low, claim.difference.high
        named.append(f"{name}{where} ({signed(claim.difference.value)}, {signed(low)} to {signed(high)})")
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def _nearest(claims: Sequence[tuple[str, Claim]]) -> str:
    """Which claim lacks least, and how much."""
    open_ones = [(name, claim) for name, claim in claims if claim.more_images is not None]
    if not open_ones:
        return ""
    name, claim = min(open_ones, key=lambda pair: pair[1].more_images or 0)
    where = "" if claim.class_name is None else f" for {claim.class_name}"
    needs = f"about {rounded(claim.more_images or 0)} more test images"
    if claim.more_seeds is not None:
        needs += f" or {rounded(claim.more_seeds)} more seeds"
    return f"; closest is {name}{where} ({signed(claim.difference.value)}): at this effect size {needs} give 80% power"


def _about(comparison: Comparison, place: int) -> str:
    variant = comparison.variants[place]
    total = len(variant.claims)
    counts = {
        verdict: [claim for claim in variant.claims if claim.verdict == verdict]
        for verdict in ("better", "worse", "different")
    }
    sentences = [
        f"{verdict} in {', '.join(label_of(claim.metric, claim.class_name) for claim in claims[:MOST_NAMED])}"
        + (f" and {len(claims) - MOST_NAMED} more" if len(claims) > MOST_NAMED else "")
        for verdict, claims in counts.items()
        if claims
    ]
    if not sentences:
        return f"{variant.side.name}: inconclusive for all {total} metrics; that is no proof of equality."
    settled = sum(map(len, counts.values()))
    rest = f"no significant difference in {total - settled} of {total} metrics"
    return f"{variant.side.name}: significantly {'; '.join(sentences)}; {rest}."


def _alone(result: StudyResult) -> list[str]:
    first = result.variants[0]
    how = f"over {result.folds} folds" if result.folds else f"over {len(first.trainings)} trainings"
    sentences = []
    for name in names_on("study findings"):
        value = first.value(name)
        if value is not None and value.measured.value is not None and value.measured.low is not None:
            measured = value.measured
            sentences.append(
                f"{label_of(name, None)} of {first.name} {how}: {measured.value:.3f}, "
                f"{result.confidence:.0%} interval {measured.low:.3f} to {measured.high:.3f}."
            )
    return sentences
