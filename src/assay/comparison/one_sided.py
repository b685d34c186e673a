"""One-sided claims: how much better one model is than another at least, and how likely such a gain is by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from assay.comparison.align import Side, aligned
from assay.comparison.bca import NO_SPREAD, bca_interval
from assay.comparison.hypotheses import sample_of, usual_families, wanted_keys
from assay.comparison.resampling import Families, Key, Replicates, replicates
from assay.errors import DataError
from assay.evaluation.catalogue import better_side
from assay.evaluation.measure import Units
from assay.evaluation.metrics import Sample
from assay.measurement import Measurement
from assay.predictions import Predictions

FEWEST, MOST = 2_000, 100_000
"""Resamples and swaps, whatever the level."""
BEYOND = 20
"""Resamples that are wanted beyond the bound."""


@dataclass(frozen=True)
class MetricGain:
    """How much better one model is than another in one metric.

    Attributes:
        metric: its name.
        class_name: the class it is about; None for all.
        before, after: values of the two; None where undefined.
        gain: after minus before, turned so that more is better; its interval leaves out `level` on each side, so that
            its low end is the one-sided bound.
        p: one-sided, of a gain like this or a larger one between equal models; None where undefined.
        test: where p comes from.
    """

    metric: str
    class_name: str | None
    before: float | None
    after: float | None
    gain: Measurement
    p: float | None
    test: str


def gains(
    before: Predictions,
    after: Predictions,
    metrics: Sequence[str],
    *,
    level: float,
    seed: int = 0,
    families: Families = usual_families,
) -> list[MetricGain]:
    """What the second model gains over the first on the same images, metric by metric.

    The bound is that of a BCa interval by the paired bootstrap, with so many resamples that 20 are expected beyond it,
    up to 100,000; where even these leave fewer than 10, the normal bound is taken if it is lower. Where no image makes
    a difference, n images without exception (n groups where images share them) bound it: a share of more than
    1 - level^(1/n) would have shown. p comes from swapping the answers of the two image by image, which is exact for
    any metric when the two are exchangeable; (1 + swaps as large) / (1 + swaps) never falls below what so many swaps
    can show. For the accuracy of images that stand alone it is McNemar's exact test, one-sided.

    Args:
        before, after: calibrated logits of both models on the same images.
        metrics: names as in the evidence; one per class gives one gain per class that has images.
        level: of each bound, in (0, 0.5).
        seed: of resampling.
        families: metrics of a sample.

    Raises:
        DataError: images, labels or classes differ, a metric is not known, or has no better side.

    Source: BCa: Efron (1987); swaps: Noreen (1989); their p: Phipson and Smyth (2010), "Permutation p-values should
    never be zero"; no exception: Clopper and Pearson (1934).
    """
    first, second = (side.trainings[0] for side in aligned([Side("first", (before,)), Side("second", (after,))]))
    samples = sample_of(first), sample_of(second)
    units = Units.of(first.groups)
    wanted = wanted_keys(metrics, families(samples[0]), first.class_names)
    for metric in metrics:
        if not better_side(metric):
            raise DataError(f"metric {metric}: it is not known which side of it is better; take another")
    times = resamples_for(level)
    swaps = 0 if all(_by_mcnemar(key, units) for key in wanted) else times
    resampled = replicates([samples], units, families, wanted, resamples=times, swaps=swaps, seed=seed)
    support = np.bincount(first.labels, minlength=len(first.class_names))
    alone = units.per_class(first.labels, len(first.class_names))
    return [
        _gain(key, resampled, samples, units, first.class_names, support, alone, level)
        for key in wanted
        if key in resampled.values and (key[1] is None or support[key[1]])
    ]


def resamples_for(level: float) -> int:
    """How many resamples, and swaps, a bound at this level takes."""
    return min(MOST, max(FEWEST, math.ceil(BEYOND / level)))


def _gain(
    key: Key,
    resampled: Replicates,
    samples: tuple[Sample, Sample],
    units: Units,
    class_names: Sequence[str],
    support: np.ndarray,
    alone: np.ndarray,
    level: float,
) -> MetricGain:
    metric, index = key
    name = None if index is None else class_names[index]
    before, after = (value if math.isfinite(value) else None for value in resampled.values[key])
    n, count = (samples[0].n, units.count) if index is None else (int(support[index]), int(alone[index]))
    sign = 1 if better_side(metric) == "higher" else -1
    value = float(resampled.per_pair[key][0]) * sign
    if not math.isfinite(value):
        return MetricGain(metric, name, before, after, Measurement(None, None, None, n, "undefined"), None, "undefined")
    if _by_mcnemar(key, units):
        p, test = _mcnemar(*samples), "McNemar, exact, one-sided"
    else:
        swapped = resampled.swapped[key] * sign
        # A swap that leaves the metric undefined counts against the claim.
        extreme = ~(swapped < resampled.observed[key] * sign - 1e-9)
        p, test = float((1 + extreme.sum()) / (1 + len(swapped))), f"{len(swapped):,} swaps of answers, one-sided"
    return MetricGain(
        metric, name, before, after, _with_bound(key, resampled, value, sign, n, count, units, level), p, test
    )


def _by_mcnemar(key: Key, units: Units) -> bool:
    """Whether p needs no swaps."""
    return key == ("accuracy", None) and units.of_image is None


def _with_bound(
    key: Key, resampled: Replicates, value: float, sign: int, n: int, count: int, units: Units, level: float
) -> Measurement:
    draws, left_out = resampled.bootstrap[key] * sign, resampled.jackknife[key] * sign
    defined = draws[~np.isnan(draws)]
    if len(defined) * 2 < len(draws) or len(defined) < 2:
        why = "one unit" if units.count == 1 else "undefined in most resamples"
        return Measurement(value, None, None, n, f"no interval: {why}")
    if np.ptp(defined) < NO_SPREAD:
        reach = 1 - level ** (1 / max(count, 1))
        return Measurement(value, value - reach, value + reach, n, f"what {count} {units.word} without exception show")
    ends = bca_interval(draws, value, left_out, confidence=1 - 2 * level)
    assert ends is not None
    low, high, kind = ends
    if len(draws) * level < BEYOND / 2:
        reach = NormalDist().inv_cdf(1 - level) * float(defined.std(ddof=1))
        low, high, kind = min(low, value - reach), max(high, value + reach), f"{kind} and normal"
    return Measurement(value, low, high, n, f"{kind}: paired bootstrap over {units.word}, {len(draws):,} resamples")


def _mcnemar(before: Sample, after: Sample) -> float:
    """P of as many images won among the discordant ones, or more, when each is won or lost by a coin.

    Source: McNemar (1947), exact form.
    """
    from scipy.stats import binom

    won, lost = int((after.correct & ~before.correct).sum()), int((before.correct & ~after.correct).sum())
    return float(binom.sf(won - 1, won + lost, 0.5))
