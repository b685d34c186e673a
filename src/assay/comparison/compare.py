"""Compare: every metric of every variant with the baseline, on the same images, as one family of claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.comparison.align import Side, aligned
from assay.comparison.changed import share_right
from assay.comparison.comparison import Comparison, SideRecord, VariantComparison
from assay.comparison.equal_sides import equality_notes, first_of_equals
from assay.comparison.hypotheses import sample_of, usual_families, wanted_keys
from assay.comparison.judge import Draft, adjust_and_judge, draft
from assay.comparison.mcnemar import McNemar, mcnemar
from assay.comparison.resampling import Families, replicates
from assay.errors import DataError
from assay.evaluation.measure import Units
from assay.evaluation.metrics import Sample

SWAPS_PER_CLAIM = 100
"""Holm multiplies the smallest p with the number of claims: so many swaps let it come out at 0.01."""


def compare(
    baseline: Side,
    variants: Sequence[Side],
    *,
    metrics: Sequence[str] = (),
    families: Families | None = None,
    resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Comparison:
    """Compare variants with a baseline.

    A difference is significant when three things hold: its p-value, adjusted by Holm over all claims of the comparison,
    is at most 1 - confidence; its BCa interval over images leaves out 0; and where there are several seeds, the same
    holds of the interval that counts images and seeds. p comes from swapping the two sides' answers image by image
    (for the accuracy of single models on independent images this is McNemar's exact test); with several seeds it is
    the larger of that and the one that counts seeds. Variants that predict exactly the same count once in Holm's
    family, and one that predicts what the baseline does makes no claim.

    Args:
        baseline: the model, or the trainings of one way over seeds.
        variants: as many trainings each as the baseline has, paired in their order.
        metrics: names as in the evidence, of which each one is one claim per variant; `f1` is one per class. Empty
            takes the usual ones.
        families: metrics of a sample; None takes all that assay has.
        resamples: of the bootstrap.
        seed: of resampling.
        confidence: level, in (0, 1).

    Raises:
        DataError: test sets or classes differ, a number of trainings differs, or a metric is not known.
    """
    if not variants:
        raise DataError("a comparison needs a baseline and at least one variant")
    for variant in variants:
        if len(variant.trainings) != len(baseline.trainings):
            raise DataError(
                f"{variant.name} has {len(variant.trainings)} trainings, {baseline.name} has {len(baseline.trainings)}"
                "; they are compared in pairs"
            )
    first, *others = aligned([baseline, *variants])
    reference = first.trainings[0]
    if len(reference) == 0:
        raise DataError("there are no images to compare on")
    units = Units.of(reference.groups)
    build = families or usual_families
    wanted = wanted_keys(metrics, build(sample_of(reference)), reference.class_names)
    firsts = first_of_equals([first, *others])
    swaps = max(resamples, SWAPS_PER_CLAIM * len(wanted) * (len(set(firsts)) - 1))
    about: Any = {"units": units, "n": len(reference), "seeds": len(first.trainings), "confidence": confidence}
    drafts: list[list[Draft]] = []
    for place, other in enumerate(others, start=1):
        if 0 < firsts[place] < place:
            drafts.append(drafts[firsts[place] - 1])
            continue
        pairs = [(sample_of(a), sample_of(b)) for a, b in zip(first.trainings, other.trainings, strict=True)]
        resampled = replicates(pairs, units, build, wanted, resamples=resamples, swaps=swaps, seed=seed)
        exact = _tested(pairs, units)
        drafts.append([draft(key, resampled, exact, **about) for key in wanted if key in resampled.values])
    settled, family = adjust_and_judge(
        drafts, reference.class_names, firsts=firsts, confidence=confidence, seeds=len(first.trainings)
    )
    compared = []
    for other, claims in zip(others, settled, strict=True):
        right = [sample_of(side.trainings[0]).correct for side in (first, other)]
        counted = mcnemar(*right) if units.of_image is None else None
        turned = share_right(other) - share_right(first)
        compared.append(
            VariantComparison(_record_of(other), claims, counted, int((turned > 0).sum()), int((turned < 0).sum()))
        )
    support = np.bincount(reference.labels, minlength=len(reference.class_names))
    return Comparison(
        baseline=_record_of(first),
        variants=tuple(compared),
        class_names=reference.class_names,
        support=tuple(map(int, support)),
        n=len(reference),
        units=units.count,
        unit_word=units.word,
        confidence=confidence,
        family=family,
        resamples=resamples,
        swaps=swaps,
        seed=seed,
        notes=(
            *equality_notes([first, *others], firsts),
            *_notes(first, others, units, support, reference.class_names),
        ),
    )


def _tested(pairs: Sequence[tuple[Sample, Sample]], units: Units) -> McNemar | None:
    """McNemar's test where it holds: single models, images that stand alone."""
    if len(pairs) > 1 or units.of_image is not None:
        return None
    return mcnemar(pairs[0][0].correct, pairs[0][1].correct)


def _record_of(side: Side) -> SideRecord:
    return SideRecord(side.name, side.runs, side.seeds)


def _notes(
    first: Side, others: Sequence[Side], units: Units, support: Any, class_names: Sequence[str]
) -> tuple[str, ...]:
    notes = []
    if len(first.trainings) == 1:
        notes.append(
            "One training on each side: conclusions hold for these models. Another seed may give other models; whether "
            "the way of training is better takes several seeds."
        )
    elif any(other.seeds != first.seeds for other in others):
        notes.append("The seeds of the two sides differ; trainings are paired in their order.")
    if units.of_image is not None:
        notes.append(f"Images share groups: {units.count} groups, not images, are resampled and swapped.")
    missing = [name for name, count in zip(class_names, support, strict=True) if count == 0]
    if missing:
        notes.append(f"No test image of {', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}.")
    return tuple(notes)
