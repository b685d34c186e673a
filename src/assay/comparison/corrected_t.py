"""Corrected resampled t: comparing two ways of training over folds or repeated splits that share training images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.errors import DataError


@dataclass(frozen=True)
class CorrectedT:
    """Mean difference over splits.

    Attributes:
        mean: of the differences.
        low, high: the corrected interval.
        standard_error: corrected; 0 when all differences are equal.
        p: two-sided.
        splits: k * r.
    """

    mean: float
    low: float
    high: float
    standard_error: float
    p: float
    splits: int


def corrected_resampled_t(differences: Sequence[float], *, test_share: float, confidence: float = 0.95) -> CorrectedT:
    """The test and interval of the mean difference.

    The variance of the mean is taken as (1 / (k r) + n_test / n_train) times that of the differences, because models
    of different splits have seen mostly the same images and their differences are no independent sample.

    Args:
        differences: one for each of the k folds of r repeats, variant minus baseline, on the split's own test images.
        test_share: n_test / n_train, images tested on over images trained on; 1 / (k - 1) for k folds.
        confidence: level of the interval, in (0, 1).

    Raises:
        DataError: fewer than two differences, one that is not finite, or a share that is not positive.

    Source: Nadeau and Bengio (2003), "Inference for the generalization error", equation 7; for repeated folds Bouckaert
    and Frank (2004).
    """
    from scipy.stats import t

    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        raise DataError(f"differences over splits: two or more finite numbers are needed, got {values.tolist()}")
    if not (math.isfinite(test_share) and test_share > 0):
        raise DataError(f"test_share: images tested on over images trained on must be above 0, got {test_share}")
    mean, count = float(values.mean()), len(values)
    error = math.sqrt((1 / count + test_share) * float(values.var(ddof=1)))
    # Equal numbers leave a rest of rounding.
    if error <= 1e-12 * max(1.0, abs(mean)):
        return CorrectedT(mean, mean, mean, 0.0, 1.0 if mean == 0 else 0.0, count)
    reach = float(t.ppf((1 + confidence) / 2, count - 1)) * error
    p = 2 * float(t.sf(abs(mean) / error, count - 1))
    return CorrectedT(mean, mean - reach, mean + reach, error, p, count)
