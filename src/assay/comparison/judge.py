"""Judge: from what resampling gave to a claim, its verdict and what is missing for one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.comparison.bca import bca_interval
from assay.comparison.comparison import Claim, Verdict
from assay.comparison.holm import Adjusted, holm
from assay.comparison.mcnemar import McNemar
from assay.comparison.resampling import Key, Replicates
from assay.comparison.sample_size import images_needed, seeds_needed
from assay.comparison.seeds import SeedSpread, seed_spread
from assay.comparison.words import sentence, verdict_of
from assay.evaluation.catalogue import better_side
from assay.evaluation.measure import Units
from assay.evaluation.metrics.family import Float64Array
from assay.measurement import Measurement

POWER = 0.8


@dataclass(frozen=True)
class Draft:
    """A claim before it is adjusted for the company it is in.

    Attributes:
        key: metric, and class or None.
        values: of baseline and variant.
        difference: variant minus baseline, with its interval.
        error: standard error from the choice of images; None where images were not resampled.
        p: two-sided; None where undefined.
        test: where p comes from.
        excludes_zero: whether the interval leaves out 0.
        spread: over seeds; None with one.
    """

    key: Key
    values: tuple[float, float]
    difference: Measurement
    error: float | None
    p: float | None
    test: str
    excludes_zero: bool
    spread: SeedSpread | None = None

    @classmethod
    def undefined(cls, key: Key, values: tuple[float, float], n: int) -> Draft:
        """Of a metric that these answers do not define."""
        return cls(key, values, Measurement(None, None, None, n, "undefined"), None, None, "none: undefined", False)


def draft(
    key: Key, replicates: Replicates, exact: McNemar | None, *, units: Units, n: int, seeds: int, confidence: float
) -> Draft:
    """What resampling the images says about one metric.

    Args:
        key: the metric.
        found: by resampling.
        exact: McNemar's test of the accuracy, where it holds.
        units: that were resampled.
        n: images.
        seeds: trainings on each side.
        confidence: level of the interval.
    """
    value = float(np.mean(replicates.per_pair[key]))
    if not math.isfinite(value):
        return Draft.undefined(key, replicates.values[key], n)
    p, test = (
        _swap_p(replicates.swapped[key], replicates.observed[key]),
        f"{len(replicates.swapped[key])} swaps of answers",
    )
    if key == ("accuracy", None) and exact is not None:
        p, test = exact.p_exact, "McNemar, exact"
    draws = replicates.bootstrap[key]
    defined = draws[~np.isnan(draws)]
    error = float(defined.std(ddof=1)) if len(defined) > 1 else None
    ends = bca_interval(draws, value, replicates.jackknife[key], confidence=confidence) if len(draws) else None
    if ends is None:
        why = "one unit" if units.count == 1 else "undefined in most resamples"
        alone = Measurement(value, None, None, n, f"no interval: {why}")
        return Draft(key, replicates.values[key], alone, error, p, test, False)
    low, high, kind = ends
    method = f"{kind}: paired bootstrap over {units.word}"
    spread = seed_spread(replicates.per_pair[key].tolist(), (error or 0.0) ** 2, confidence=confidence)
    if spread is not None:
        low, high, method = min(low, spread.low), max(high, spread.high), f"{method}, widened for {seeds} seeds"
        if spread.p > p:
            p, test = spread.p, "t over images and seeds"
    difference = Measurement(value, low, high, n, method)
    return Draft(key, replicates.values[key], difference, error, p, test, low > 0 or high < 0, spread)


def adjust_and_judge(
    drafts: Sequence[Sequence[Draft]],
    class_names: Sequence[str],
    *,
    firsts: Sequence[int],
    confidence: float,
    seeds: int = 1,
    folds: int | None = None,
) -> tuple[list[tuple[Claim, ...]], int]:
    """Holm over all drafts, and the verdict on each; gives the claims in the same order, and how many share the doubt.

    Predictions that are equal are one hypothesis: what is claimed of the first counts for all, and what equals the
    baseline counts for none.

    Args:
        drafts: of each variant; those of equal variants are the same.
        class_names: C names.
        firsts: for each side, the baseline first, the place of the first with the same predictions.
        confidence: 1 minus it is the level for all claims together.
        seeds: trainings on each side.
        folds: splits of a cross-validation; None where all answered about the same images.
    """
    known = {
        (place, draft.key): draft.p
        for place, own in enumerate(drafts, start=1)
        for draft in own
        if draft.p is not None and firsts[place] == place
    }
    adjusted = dict(zip(known, holm(list(known.values())), strict=True))
    adjusted |= {(0, draft.key): Adjusted(1.0, 1) for own in drafts for draft in own if draft.p is not None}
    judge = _Judge(tuple(class_names), confidence, seeds, folds)
    return [
        tuple(judge.claim(draft, adjusted.get((firsts[place], draft.key))) for draft in own)
        for place, own in enumerate(drafts, start=1)
    ], len(known)


@dataclass(frozen=True)
class _Judge:
    class_names: tuple[str, ...]
    confidence: float
    seeds: int
    folds: int | None

    def claim(self, draft: Draft, adjusted: Adjusted | None) -> Claim:
        name, index = draft.key
        value = draft.difference.value
        verdict: Verdict = "not established"
        more_images = more_seeds = None
        if value is None or adjusted is None:
            verdict = "undefined"
        elif value == 0 and draft.error == 0:
            verdict = "no difference"
        elif adjusted.p <= 1 - self.confidence + 1e-12 and draft.excludes_zero:
            verdict = verdict_of(value, better_side(name))
        elif draft.error is not None and value != 0:
            more_images, more_seeds = self._needed(value, draft.error, draft, adjusted.factor)
        words = sentence(
            verdict,
            more_images=more_images,
            more_seeds=more_seeds,
            seeds=self.seeds,
            folds=self.folds,
            difference=value or 0.0,
        )
        return Claim(
            metric=name,
            class_name=None if index is None else self.class_names[index],
            baseline=_finite(draft.values[0]),
            variant=_finite(draft.values[1]),
            difference=draft.difference,
            standard_error=draft.error,
            p=draft.p,
            p_holm=None if adjusted is None else adjusted.p,
            test=draft.test,
            verdict=verdict,
            seeds=draft.spread,
            more_images=more_images,
            more_seeds=more_seeds,
            words=words,
        )

    def _needed(self, value: float, error: float, draft: Draft, factor: int) -> tuple[int | None, int | None]:
        level = (1 - self.confidence) / factor
        n = draft.difference.n
        own = draft.spread.variance_of_mean if draft.spread else 0.0
        images = images_needed(value, error**2, n, seed_variance=own, level=level, power=POWER)
        # An observed difference that would do at 80 % power may still have missed: at least one image more.
        more_images = None if images is None else max(1, images - n)
        seeds = None
        if own > 0:
            seeds = seeds_needed(value, own, self.seeds, image_variance=error**2, level=level, power=POWER)
        return more_images, None if seeds is None else max(1, seeds - self.seeds)


def _swap_p(swapped: Float64Array, observed: float) -> float:
    """Two-sided; a swap that leaves the metric undefined counts against the claim."""
    extreme = ~(np.abs(swapped) < abs(observed) - 1e-9)
    return float((1 + extreme.sum()) / (1 + len(swapped)))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
