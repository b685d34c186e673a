"""Compare over the folds of a cross-validation: each has test images of its own, and they share training images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.comparison.align import Contestant, aligned
from assay.comparison.changed import share_right
from assay.comparison.comparison import Comparison, Side, VariantComparison
from assay.comparison.corrected_t import corrected_resampled_t
from assay.comparison.hypotheses import sample_of, usual_families, wanted_keys
from assay.comparison.judge import Draft, settle
from assay.comparison.resampling import Key
from assay.errors import DataError
from assay.measurement import Measurement

Exact = dict[Key, float]


def compare_folds(
    baseline: Contestant,
    variants: Sequence[Contestant],
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
        variants: as many trainings each, paired by place.
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
    for one in variants:
        if len(one.trainings) != folds:
            raise DataError(f"{one.name} has {len(one.trainings)} folds, {baseline.name} has {folds}; they are paired")
    aligned_folds = [_fold([baseline, *variants], place) for place in range(folds)]
    reference = aligned_folds[0][0].trainings[0]
    keys = wanted_keys(metrics, usual_families(sample_of(reference)), reference.class_names)
    values = [[_exact(one, keys) for one in fold] for fold in aligned_folds]
    n = sum(len(fold[0].trainings[0]) for fold in aligned_folds)
    drafts = []
    for place in range(1, len(variants) + 1):
        pairs = [(fold[0], fold[place]) for fold in values]
        drafts.append([_draft(key, pairs, n, test_share, confidence) for key in keys])
    settled, family = settle(drafts, reference.class_names, confidence=confidence, folds=folds)
    compared = []
    for place, (variant, claims) in enumerate(zip(variants, settled, strict=True), start=1):
        turned = [share_right(fold[place]) - share_right(fold[0]) for fold in aligned_folds]
        gained, lost = (sum(int((sign * one > 0).sum()) for one in turned) for sign in (1, -1))
        compared.append(VariantComparison(_side(variant), claims, None, gained, lost))
    support = sum(
        np.bincount(fold[0].trainings[0].labels, minlength=len(reference.class_names)) for fold in aligned_folds
    )
    return Comparison(
        baseline=_side(baseline),
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
            f"Cross-validated over {folds} folds, which share training images: variances are those of the folds times "
            f"(1/{folds} + {test_share:.3g}), after Nadeau and Bengio.",
        ),
    )


def _fold(contestants: Sequence[Contestant], place: int) -> list[Contestant]:
    """Every side's training of one fold, on the same images in the same order."""
    return aligned([Contestant(contestant.name, (contestant.trainings[place],)) for contestant in contestants])


def _exact(one: Contestant, keys: Sequence[Key]) -> Exact:
    sample = sample_of(one.trainings[0])
    found: dict[str, Any] = {}
    for family in usual_families(sample):
        found |= family.exact()
    return {key: float(found[key[0]] if key[1] is None else found[key[0]][key[1]]) for key in keys if key[0] in found}


def _draft(key: Key, pairs: Sequence[tuple[Exact, Exact]], n: int, test_share: float, confidence: float) -> Draft:
    first, second = ([one.get(key, math.nan) for one in side] for side in zip(*pairs, strict=True))
    values = float(np.mean(first)), float(np.mean(second))
    if not math.isfinite(values[1] - values[0]):
        return Draft.undefined(key, values, n)
    found = corrected_resampled_t(
        [after - before for before, after in zip(first, second, strict=True)],
        test_share=test_share,
        confidence=confidence,
    )
    difference = Measurement(found.mean, found.low, found.high, n, f"corrected resampled t over {found.splits} folds")
    return Draft(key, values, difference, None, found.p, "corrected resampled t", found.low > 0 or found.high < 0)


def _side(contestant: Contestant) -> Side:
    return Side(contestant.name, contestant.runs, contestant.seeds)
