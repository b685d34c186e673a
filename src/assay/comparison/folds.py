"""Compare over the folds of a cross-validation: each has test images of its own, and they share training images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from assay.comparison.align import Side, aligned
from assay.comparison.changed import share_right
from assay.comparison.comparison import Comparison, SideRecord, VariantComparison
from assay.comparison.corrected_t import corrected_resampled_t
from assay.comparison.equal_sides import equality_notes, first_of_equals
from assay.comparison.hypotheses import sample_of, usual_families, wanted_keys
from assay.comparison.judge import Draft, adjust_and_judge
from assay.comparison.resampling import Key
from assay.errors import DataError
from assay.measurement import Measurement

Exact = dict[Key, float]


def compare_folds(
    baseline: Side,
    variants: Sequence[Side],
    *,
    test_share: float,
    metrics: Sequence[str] = (),
    confidence: float = 0.95,
) -> Comparison:
    """Compare variants with a baseline over folds.

    A difference is significant when its p, by the corrected resampled t-test and adjusted by Holm over all claims, is
    at most 1 - confidence. What it speaks about is the way of training, not one model.

    Args:
        baseline: one training for each fold (and repeat), on the fold's own test images.
        variants: as many trainings each, paired in their order.
        test_share: n_test / n_train, images tested on over images trained on.
        metrics: as in `compare`.
        confidence: level, in (0, 1).

    Raises:
        DataError: fewer than two folds, or test images, classes or numbers of trainings that differ.

    Source: Nadeau and Bengio (2003), see `corrected_t`.
    """
    if not variants:
        raise DataError("a comparison needs a baseline and at least one variant")
    folds = len(baseline.trainings)
    for variant in variants:
        if len(variant.trainings) != folds:
            raise DataError(
                f"{variant.name} has {len(variant.trainings)} folds, {baseline.name} has {folds}; they are paired"
            )
    aligned_folds = [_fold([baseline, *variants], fold) for fold in range(folds)]
    reference = aligned_folds[0][0].trainings[0]
    keys = wanted_keys(metrics, usual_families(sample_of(reference)), reference.class_names)
    sides = [
        replace(side, trainings=tuple(fold[place].trainings[0] for fold in aligned_folds))
        for place, side in enumerate((baseline, *variants))
    ]
    values = [[_exact(side, keys) for side in fold] for fold in aligned_folds]
    n = sum(len(fold[0].trainings[0]) for fold in aligned_folds)
    drafts = []
    for index in range(1, len(variants) + 1):
        pairs = [(fold[0], fold[index]) for fold in values]
        drafts.append([_draft(key, pairs, n, test_share, confidence) for key in keys])
    firsts = first_of_equals(sides)
    settled, family = adjust_and_judge(drafts, reference.class_names, firsts=firsts, confidence=confidence, folds=folds)
    compared = []
    for index, (variant, claims) in enumerate(zip(variants, settled, strict=True), start=1):
        turned = [share_right(fold[index]) - share_right(fold[0]) for fold in aligned_folds]
        gained, lost = (sum(int((sign * changes > 0).sum()) for changes in turned) for sign in (1, -1))
        compared.append(VariantComparison(_record_of(variant), claims, None, gained, lost))
    support = sum(
        np.bincount(fold[0].trainings[0].labels, minlength=len(reference.class_names)) for fold in aligned_folds
    )
    return Comparison(
        baseline=_record_of(baseline),
        variants=tuple(compared),
        class_names=reference.class_names,
        support=tuple(map(int, np.asarray(support))),
        n=n,
        units=folds,
        unit_word="folds",
        confidence=confidence,
        family=family,
        resamples=0,
        swaps=0,
        seed=0,
        notes=(
            *equality_notes(sides, firsts),
            f"Cross-validated over {folds} folds, which share training images: variances are those of the folds times "
            f"(1/{folds} + {test_share:.3g}), after Nadeau and Bengio.",
        ),
    )


def _fold(sides: Sequence[Side], fold: int) -> list[Side]:
    """Every side's training of one fold, on the same images in the same order."""
    return aligned([Side(side.name, (side.trainings[fold],)) for side in sides])


def _exact(side: Side, keys: Sequence[Key]) -> Exact:
    sample = sample_of(side.trainings[0])
    metrics: dict[str, Any] = {}
    for family in usual_families(sample):
        metrics |= family.exact()
    return {
        key: float(metrics[key[0]] if key[1] is None else metrics[key[0]][key[1]]) for key in keys if key[0] in metrics
    }


def _draft(key: Key, pairs: Sequence[tuple[Exact, Exact]], n: int, test_share: float, confidence: float) -> Draft:
    first, second = ([exact.get(key, math.nan) for exact in side] for side in zip(*pairs, strict=True))
    values = float(np.mean(first)), float(np.mean(second))
    if not math.isfinite(values[1] - values[0]):
        return Draft.undefined(key, values, n)
    tested = corrected_resampled_t(
        [after - before for before, after in zip(first, second, strict=True)],
        test_share=test_share,
        confidence=confidence,
    )
    difference = Measurement(
        tested.mean, tested.low, tested.high, n, f"corrected resampled t over {tested.splits} folds"
    )
    return Draft(key, values, difference, None, tested.p, "corrected resampled t", tested.low > 0 or tested.high < 0)


def _record_of(side: Side) -> SideRecord:
    return SideRecord(side.name, side.runs, side.seeds)
