"""Measure: metrics on a sample, each with its bootstrap interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import bootstrap
from assay.evaluation.intervals import bias_corrected_interval, percentile_interval
from assay.evaluation.metrics.family import Float64Array, MetricFamily
from assay.measurement import Measurement
from assay.predictions import Predictions, StrArray


@dataclass(frozen=True)
class Units:
    """What is resampled: images, or groups of images that belong together.

    Attributes:
        count: how many, U.
        of_image: [N], the group of each image from 0 to U - 1, or None when each image stands alone.
        word: "images" or "groups".
    """

    count: int
    of_image: NDArray[np.int64] | None
    word: str

    @classmethod
    def of(cls, groups: StrArray) -> Units:
        """The units of images with these groups, [N]."""
        names, of_image = np.unique(groups, return_inverse=True)
        if len(names) == len(groups):
            return cls(len(groups), None, "images")
        return cls(len(names), of_image.astype(np.int64), "groups")

    def per_class(self, classes: NDArray[np.integer], count: int) -> NDArray[np.int64]:
        """How many units have an image in each class, [count]; `classes` is the class of each image, [N]."""
        if self.of_image is None:
            return np.bincount(classes, minlength=count)
        pairs = np.unique(self.of_image * count + classes)
        return np.bincount(pairs % count, minlength=count)


@dataclass(frozen=True)
class Measured:
    """Metrics with their intervals.

    Attributes:
        metrics: one number each.
        per_class: C numbers each.
        undefined: by metric, the share of resamples that left it undefined; only where that is not 0.
    """

    metrics: dict[str, Measurement]
    per_class: dict[str, list[Measurement]]
    undefined: dict[str, float]


def in_order(predictions: Predictions) -> Predictions:
    """The same images sorted by id, so that no number depends on the order in which they came."""
    return predictions.rows(np.lexsort((predictions.labels, predictions.ids)))


def measure(
    families: Sequence[MetricFamily],
    units: Units,
    *,
    n: int,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
    counts: NDArray[np.integer] | None = None,
) -> Measured:
    """Each metric of these families with its interval.

    Args:
        families: the metrics.
        units: what is resampled.
        n: images.
        resamples: bootstrap resamples; 0 gives values without intervals.
        seed: of the bootstrap.
        confidence: level of the intervals.
        counts: [C], the images that a metric per class is about; n for each when None.
    """
    draws: dict[str, Float64Array] = {}
    if resamples and units.count > 1:
        draws = bootstrap(families, n=n, unit_of_image=units.of_image, resamples=resamples, seed=seed)
    metrics: dict[str, Measurement] = {}
    per_class: dict[str, list[Measurement]] = {}
    undefined: dict[str, float] = {}
    for family in families:
        moved = _moved(family, n)
        for name, value in family.exact().items():
            style = _Style(name in family.biased, units, resamples, confidence)
            if np.ndim(value) == 0:
                drawn = draws[name] + moved.get(name, 0.0) if name in draws else None
                metrics[name] = style.measurement(float(value), drawn, n)
                missing = 0.0 if drawn is None else float(np.isnan(drawn).mean())
                if missing and metrics[name].low is not None:
                    undefined[name] = missing
            else:
                sizes = np.full(len(value), n) if counts is None or name in family.about_all else counts
                rows = draws[name] if name in draws else [None] * len(value)
                triples = zip(value, rows, sizes, strict=True)
                per_class[name] = [style.measurement(float(v), row, int(size)) for v, row, size in triples]
    return Measured(metrics, per_class, undefined)


def point_values(families: Sequence[MetricFamily]) -> dict[str, float | None]:
    """The metrics of these families that are one number each, without intervals; None where undefined."""
    values = {name: value for family in families for name, value in family.exact().items() if np.ndim(value) == 0}
    return {name: float(value) if math.isfinite(value) else None for name, value in values.items()}


def _moved(family: MetricFamily, n: int) -> dict[str, Any]:
    """The exact value minus what the resampling gives for the sample itself; 0 where one of them is undefined."""
    sums = np.asarray(family.rows.sum(axis=1), dtype=np.float64).reshape(-1, 1)
    again = family.resampled(sums, np.array([float(n)]))
    exact = {name: value for name, value in family.exact().items() if np.ndim(value) == 0}
    with np.errstate(invalid="ignore"):
        moved = {name: float(value - again[name][0]) for name, value in exact.items() if name in again}
    return {name: value if math.isfinite(value) else 0.0 for name, value in moved.items()}


@dataclass(frozen=True)
class _Style:
    """How the interval of one metric is made."""

    biased: bool
    units: Units
    resamples: int
    confidence: float

    def measurement(self, value: float, drawn: Float64Array | None, n: int) -> Measurement:
        if not math.isfinite(value):
            return Measurement(None, None, None, n, "undefined")
        if drawn is None:
            why = f"one {self.units.word.rstrip('s')}" if self.units.count == 1 else "not resampled"
            return Measurement(value, None, None, n, f"no interval: {why}")
        if self.biased:
            kind, interval = "bias-corrected", bias_corrected_interval(drawn, value, confidence=self.confidence)
        else:
            kind, interval = "percentile", percentile_interval(drawn, confidence=self.confidence)
        if interval is None:
            return Measurement(value, None, None, n, "no interval: undefined in most resamples")
        return Measurement(value, *interval, n, f"{kind} bootstrap over {self.units.word}, {self.resamples} resamples")
