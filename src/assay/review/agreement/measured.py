"""Agreement as measurements: with an interval from resampled items, and with the reason where it is undefined."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.evaluation.bootstrap import by_unit, resample_weights
from assay.evaluation.intervals import Interval, percentile_interval, wilson_interval
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.resampling import Resampling
from assay.measurement import Measurement
from assay.review.agreement.coefficients import alphas, coincidences, confusions, kappas
from assay.review.agreement.ratings import Codes, Ratings

NOBODY = "undefined: no item was chosen a class for by two"
ONE_CLASS = "undefined: one class alone was chosen, which chance would do as well"
FEW = "no interval: fewer than two pictures that are independent"
_FURTHEST = 1 - 1e-9
_AT_ONCE = 250


def raw_agreement(ratings: Ratings, resampling: Resampling) -> Measurement:
    """The share of pairs of choices about one item that are the same, each item counted once."""
    ratings = ratings.shared
    count = len(ratings.codes)
    if not count:
        return Measurement(None, None, None, 0, NOBODY)
    values = item_agreement(ratings)
    units = int(ratings.units.max()) + 1
    interval = wilson_interval(float(values.mean()) * units, units, confidence=resampling.confidence)
    assert interval is not None
    return Measurement(float(values.mean()), *interval, count, f"Wilson over {units} pictures")


def item_agreement(ratings: Ratings) -> Float64Array:
    """Of each item that two have chosen for, the share of pairs of choices that are the same, [N]."""
    tables = coincidences(ratings.codes, len(ratings.classes))
    values: Float64Array = np.trace(tables, axis1=1, axis2=2) / tables.sum((1, 2))
    return values


def cohen_kappa(ratings: Ratings, first: int, second: int, resampling: Resampling) -> Measurement:
    """Cohen's kappa of two reviewers, on the items that both have chosen for.

    Args:
        ratings: of all.
        first, second: columns.
        resampling: how the interval is made.
    """
    both = ratings.rows((ratings.codes[:, first] >= 0) & (ratings.codes[:, second] >= 0))
    rows = confusions(both.codes[:, first], both.codes[:, second], len(ratings.classes))
    return _measured(rows, both.units, kappas, resampling)


def krippendorff_alpha(ratings: Ratings, resampling: Resampling, *, ordinal: bool = False) -> Measurement:
    """Krippendorff's alpha of any number of reviewers, of whom each may have chosen for some items.

    Args:
        ratings: of all.
        resampling: how the interval is made.
        ordinal: whether classes are grades.
    """
    shared = ratings.shared
    rows = coincidences(shared.codes, len(shared.classes))
    return _measured(rows, shared.units, lambda tables: alphas(tables, ordinal=ordinal), resampling)


def _measured(
    rows: Float64Array, units: Codes, value_of: Callable[[Float64Array], Float64Array], resampling: Resampling
) -> Measurement:
    """A coefficient of summed tables, [N, C, C]."""
    count = len(rows)
    if not count:
        return Measurement(None, None, None, 0, NOBODY)
    value = float(value_of(rows.sum(axis=0)))
    if np.isnan(value):
        return Measurement(None, None, None, count, ONE_CLASS)
    drawn = int(units.max()) + 1
    if drawn <= 1:
        return Measurement(value, None, None, count, FEW)
    if value >= _FURTHEST:
        ends = _of_perfect(rows.sum(axis=0), drawn, resampling.confidence)
        return Measurement(value, *ends, count, f"Wilson over {drawn} pictures, all of which agree")
    if not resampling.resamples:
        return Measurement(value, None, None, count, "no interval")
    interval = percentile_interval(_resampled(rows, units, value_of, resampling), confidence=resampling.confidence)
    if interval is None:
        return Measurement(value, None, None, count, "no interval: half of the resamples use one class alone")
    method = f"bootstrap over {drawn} pictures, {resampling.resamples} resamples"
    return Measurement(value, *interval, count, method)


def _of_perfect(table: Float64Array, units: int, confidence: float) -> Interval:
    """Where everything agrees no resample disagrees; what Wilson leaves open of the agreement is left open here."""
    ends = wilson_interval(units, units, confidence=confidence)
    assert ends is not None
    share = table.sum(axis=1) / table.sum()
    expected = float((share**2).sum())
    return max(-1.0, (ends[0] - expected) / (1 - expected)), 1.0


def _resampled(
    rows: Float64Array, units: Codes, value_of: Callable[[Float64Array], Float64Array], resampling: Resampling
) -> Float64Array:
    classes, drawn = rows.shape[1], int(units.max()) + 1
    flat = rows.reshape(len(rows), -1).T.astype(np.float32)
    summed = by_unit(flat, units, drawn)
    parts = []
    for start in range(0, resampling.resamples, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, resampling.resamples))
        weights = resample_weights(drawn, numbers, resampling.seed)
        tables = np.asarray(summed @ weights, dtype=np.float64).T.reshape(len(numbers), classes, classes)
        parts.append(value_of(tables))
    return np.concatenate(parts)
