"""Two sides, thresholds that were fixed on other images: accuracy at them, and what is found at 1 % false alarms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.intervals import percentile_interval
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.resampling import Resampling
from assay.evaluation.separation import OUTSIDE, WIDTH
from assay.measurement import Measurement
from assay.predictions import StrArray

FPR = 0.01


def best_threshold(real: Float64Array, made: Float64Array) -> float:
    """The threshold with the highest mean of both sides' shares that are right; the middle of the best ones."""
    values = np.unique(np.r_[real, made])
    cuts = np.r_[values[0] - 1, (values[1:] + values[:-1]) / 2, values[-1] + 1]
    below = np.searchsorted(np.sort(real), cuts, side="right") / len(real)
    above = 1 - np.searchsorted(np.sort(made), cuts, side="right") / len(made)
    best = np.flatnonzero(below + above >= (below + above).max() - 1e-12)
    return float((cuts[best[0]] + cuts[best[-1]]) / 2) if np.ptp(best) == len(best) - 1 else float(cuts[best[0]])


def at_thresholds(
    real: Float64Array,
    made: Float64Array,
    real_groups: StrArray,
    made_groups: StrArray,
    thresholds: tuple[float, float],
    how_drawn: Resampling,
) -> list[Measurement]:
    """Accuracy at both thresholds, and the true positive rate at 1 % false positives, with bootstrap intervals.

    Accuracy is the mean of both sides' shares that are right.

    Args:
        real: [N] scores of the real images; larger ones look generated.
        made: [M] scores of the generated ones.
        real_groups: [N], images of one group are drawn together.
        made_groups: [M].
        thresholds: fixed on other images.
        how_drawn: of the intervals.
    """
    sides = []
    for scores, groups in ((real, real_groups), (made, made_groups)):
        order = np.argsort(scores, kind="stable")
        names, of_row = np.unique(groups, return_inverse=True)
        sides.append((scores[order], of_row[order], len(names)))
    whole = [np.ones((len(scores), 1), dtype=np.float32) for scores, _, _ in sides]
    values = _shares(sides[0][0], sides[1][0], whole[0], whole[1], thresholds)[:, 0]
    drawn = None
    if how_drawn.resamples and min(count for _, _, count in sides) > 1:
        pieces = []
        for start in range(0, how_drawn.resamples, WIDTH):
            numbers = range(start, min(start + WIDTH, how_drawn.resamples))
            weights = [
                resample_weights(count, numbers, how_drawn.seed + side * OUTSIDE)[of_row]
                for side, (_, of_row, count) in enumerate(sides)
            ]
            pieces.append(_shares(sides[0][0], sides[1][0], weights[0], weights[1], thresholds))
        drawn = np.concatenate(pieces, axis=1)
    n = len(real) + len(made)
    measured = []
    for row, value in enumerate(values.tolist()):
        interval = None if drawn is None else percentile_interval(drawn[row], confidence=how_drawn.confidence)
        how = "no interval: not resampled"
        if interval is not None:
            how = f"percentile bootstrap over both sides, {how_drawn.resamples} resamples"
        low, high = interval if interval is not None else (None, None)
        measured.append(Measurement(value, low, high, n, how))
    return measured


def _shares(
    real: Float64Array,
    made: Float64Array,
    real_weights: NDArray[np.float32],
    made_weights: NDArray[np.float32],
    thresholds: tuple[float, float],
) -> Float64Array:
    """[3, R]: both accuracies and the TPR at 1 % FPR, of sorted scores with weights [N, R]."""
    below_real = np.vstack([np.zeros(real_weights.shape[1]), np.cumsum(real_weights, axis=0, dtype=np.float64)])
    below_made = np.vstack([np.zeros(made_weights.shape[1]), np.cumsum(made_weights, axis=0, dtype=np.float64)])
    below_real, below_made = below_real / below_real[-1], below_made / below_made[-1]
    rows = []
    for cut in thresholds:
        right = below_real[np.searchsorted(real, cut, side="right")]
        wrong = below_made[np.searchsorted(made, cut, side="right")]
        rows.append((right + 1 - wrong) / 2)
    # The lowest real score with no more than 1 % of the real ones above it.
    place = (below_real[1:] >= 1 - FPR - 1e-9).argmax(axis=0)
    cuts = np.searchsorted(made, real[place], side="right")
    rows.append(1 - below_made[cuts, np.arange(below_made.shape[1])])
    return np.stack(rows)
