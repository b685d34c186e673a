"""How good a model was on answers whose class is known: metrics of the evidence, by the code of the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.intervals import percentile_interval
from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics import MetricFamily, Sample, families
from assay.evaluation.resampling import Resampling
from assay.measurement import Measurement
from assay.monitoring.estimate.estimate import ASSUMPTIONS, FEWEST, REALISED, Estimate
from assay.predictions import FloatArray, IntArray, Predictions, StrArray

SHOWN = ("accuracy", "balanced_accuracy", "macro_f1", "mcc", "nll", "brier", "ece")
"""Metrics of the catalogue that a window shows, where they are defined."""
CERTAIN = 1e-12
"""A probability that a log has rounded to 0 counts as this one."""


def labelled_predictions(
    ids: StrArray, keys: StrArray, labels: IntArray, class_names: Sequence[str], probabilities: FloatArray
) -> Predictions:
    """Logged answers whose class is known, as everything in evaluation takes them.

    Args:
        ids: [n], of the answers.
        keys: [n], that asked; what belongs to one is resampled together.
        labels: [n], class indices.
        class_names: C names.
        probabilities: [n, C], calibrated.
    """
    logits = np.log(np.maximum(np.asarray(probabilities, np.float64), CERTAIN))
    labels = np.asarray(labels, np.int64)
    return Predictions(ids, keys, "test", labels, tuple(class_names), logits, calibrated=True)


def realised_estimates(
    predictions: Predictions,
    *,
    n: int | None = None,
    weights: NDArray[Any] | None = None,
    metrics: Sequence[str] = SHOWN,
    resampling: Resampling = Resampling(),  # noqa: B008
) -> tuple[Estimate, ...]:
    """The metrics of labelled answers, each with its interval over keys.

    Args:
        predictions: calibrated, from `labelled_predictions`.
        n: answers that they were drawn from; None for these alone.
        weights: [n], 1 / the chance to be drawn; None where it was the same for all.
        metrics: names as in the evidence.
        resampling: how intervals are made.
    """
    predictions.require_calibrated("what is realised")
    count = len(predictions)
    if count == 0:
        return ()
    units = Units.of(predictions.groups)
    kinds = [kind for kind in families(Sample.of(predictions)) if not kind.exact().keys().isdisjoint(metrics)]
    named = (
        measure(
            kinds,
            units,
            n=count,
            resamples=resampling.resamples,
            seed=resampling.seed,
            confidence=resampling.confidence,
        ).metrics
        if weights is None or np.ptp(weights) == 0
        else _Weighted(kinds, units, np.asarray(weights, np.float64), resampling).metrics()
    )
    return tuple(_estimate(name, named[name], n, count, units, resampling) for name in metrics if name in named)


def _estimate(
    name: str, measured: Measurement, n: int | None, labels: int, units: Units, resampling: Resampling
) -> Estimate:
    about = (REALISED, n or labels, labels, units.count, ASSUMPTIONS[REALISED])
    if labels < FEWEST:
        few = f"no interval: {labels} labels; {FEWEST} are needed"
        return Estimate(name, measured.value, None, None, *about, few, resampling.confidence)
    how = measured.method.replace("over images", "over pictures").replace("over groups", f"over {units.count} keys")
    how = how.replace("one group", "one key").replace("one image", "one picture")
    return Estimate(name, measured.value, measured.low, measured.high, *about, how, resampling.confidence)


@dataclass(frozen=True)
class _Weighted:
    """The same metrics where some answers stand for more than others."""

    kinds: Sequence[MetricFamily]
    units: Units
    weights: NDArray[np.float64]
    resampling: Resampling

    def metrics(self) -> dict[str, Measurement]:
        """Each with the percentiles of resampled keys."""
        share = self.weights * len(self.weights) / float(self.weights.sum())
        exact = self._values(share[:, None])
        of_image = np.arange(len(share)) if self.units.of_image is None else self.units.of_image
        how = self.resampling
        drawn: dict[str, NDArray[np.float64]] = {}
        if how.resamples and self.units.count > 1:
            times = resample_weights(self.units.count, range(how.resamples), how.seed)
            drawn = self._values(share[:, None] * times[of_image])
        return {name: self._measurement(value, drawn.get(name)) for name, value in exact.items()}

    def _values(self, weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        total = weights.sum(axis=0)
        named: dict[str, NDArray[np.float64]] = {}
        for kind in self.kinds:
            values = kind.resampled(np.asarray(kind.rows @ weights, np.float64), total)
            named |= {name: value for name, value in values.items() if np.ndim(value) == 1}
        return named

    def _measurement(self, value: NDArray[np.float64], drawn: NDArray[np.float64] | None) -> Measurement:
        n, how = len(self.weights), self.resampling
        if not np.isfinite(value[0]):
            return Measurement(None, None, None, n, "undefined")
        interval = None if drawn is None else percentile_interval(drawn, confidence=how.confidence)
        if interval is None:
            return Measurement(float(value[0]), None, None, n, f"no interval: one {self.units.word.rstrip('s')}")
        method = f"weighted percentile bootstrap over {self.units.word}, {how.resamples} resamples"
        return Measurement(float(value[0]), *interval, n, method)
