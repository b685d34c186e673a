"""How good a model is, from its own calibrated confidence alone: no label is needed, and a change may hide from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.monitoring.estimate.blocks import Variance, block_variance, centred, share_interval
from assay.monitoring.estimate.estimate import ASSUMPTIONS, CONFIDENCE_BASED, Estimate
from assay.monitoring.estimate.margins import METRICS, Margins, margins_of
from assay.monitoring.estimate.recalibration import Recalibration
from assay.predictions import FloatArray, IntArray

STEP = 1e-4
"""By which offset and slope are moved for the derivative by them."""


def confidence_estimates(
    probabilities: FloatArray,
    predicted: IntArray,
    keys: IntArray,
    *,
    recalibration: Recalibration | None = None,
    metrics: Sequence[str] = METRICS,
    confidence: float = 0.95,
) -> tuple[Estimate, ...]:
    """Metrics as they should be on average, were each probability true.

    Accuracy is the mean confidence; the others come from the confusion matrix that the probabilities make one expect.
    The interval counts keys, and how surely the reference knows what confidence is worth.

    Args:
        probabilities: [N, C], calibrated.
        predicted: [N], class indices.
        keys: [N], from 0: pictures of one key are not independent.
        recalibration: what the reference says of confidence; None takes it as it is, and as exactly known.
        metrics: of `METRICS`.
        confidence: level of intervals.

    Source: Guillory et al. (2021), "Predicting with confidence on unseen distributions", for the mean confidence;
    Garg et al. (2022) for when it fails.
    """
    n, count = len(predicted), len(np.unique(keys))
    if n == 0:
        return tuple(_undefined(metric, confidence) for metric in metrics)
    classes = probabilities if recalibration is None else recalibration.applied(probabilities, predicted)
    margins = margins_of(classes, predicted)
    moved = [] if recalibration is None else _moved(probabilities, predicted, recalibration)
    made = []
    for metric in metrics:
        value = margins.value(metric)
        variance = block_variance(centred(margins.scores(metric, classes, predicted)), keys)
        if recalibration is not None:
            slopes = np.array([(ahead.value(metric) - behind.value(metric)) / (2 * STEP) for ahead, behind in moved])
            of_reference = float(slopes @ np.array(recalibration.covariance) @ slopes)
            variance = variance + Variance(of_reference, recalibration.freedom)
        low, high = share_interval(value, variance, confidence, units=count) or (None, None)
        reference = "" if recalibration is None else " and the reference"
        how = "no interval: one key" if low is None else f"delta method over {count} keys{reference}"
        assumption = ASSUMPTIONS[CONFIDENCE_BASED]
        made.append(Estimate(metric, value, low, high, CONFIDENCE_BASED, n, 0, count, assumption, how, confidence))
    return tuple(made)


def _moved(probabilities: FloatArray, predicted: IntArray, fitted: Recalibration) -> list[tuple[Margins, Margins]]:
    """Margins with offset, then slope, a little above and below what they are."""
    pairs = []
    for shift in ((STEP, 0.0), (0.0, STEP)):
        ahead = fitted.applied(probabilities, predicted, shift)
        behind = fitted.applied(probabilities, predicted, (-shift[0], -shift[1]))
        pairs.append((margins_of(ahead, predicted), margins_of(behind, predicted)))
    return pairs


def _undefined(metric: str, confidence: float) -> Estimate:
    assumption = ASSUMPTIONS[CONFIDENCE_BASED]
    return Estimate(
        metric, None, None, None, CONFIDENCE_BASED, 0, 0, 0, assumption, "undefined: no answers", confidence
    )
