"""Blocks: a variance that counts keys, and an interval of a share that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.intervals import Interval, wilson_ends, wilson_interval
from assay.evaluation.metrics.family import Float64Array
from assay.measurement import Measurement


@dataclass(frozen=True)
class Variance:
    """Of an estimate.

    Attributes:
        value: of it; NaN where there is one key alone.
        freedom: degrees of freedom: how many keys it stands on, less one, where one key that sends most counts as few.
    """

    value: float
    freedom: float

    def __add__(self, other: Variance) -> Variance:
        """Of the sum of two that are independent, with the degrees of freedom of Satterthwaite (1946)."""
        total = self.value + other.value
        parts = sum(each.value**2 / each.freedom for each in (self, other) if each.value > 0 and each.freedom > 0)
        return Variance(total, total**2 / parts if parts > 0 else max(self.freedom, other.freedom))


def block_variance(influence: NDArray[Any], blocks: NDArray[np.integer]) -> Variance:
    """Variance of a sum of influences that sum to zero, where those of one block go together.

    Args:
        influence: [N].
        blocks: [N], the key of each answer, from 0.

    Source: Liang and Zeger (1986) for the sum over blocks; Kish (1965) for how many blocks of unequal sizes are worth.
    """
    sizes = np.bincount(blocks)
    sizes = sizes[sizes > 0]
    if len(sizes) < 2:
        return Variance(float("nan"), 0.0)
    sums = np.bincount(blocks, weights=influence)
    worth = float(sizes.sum()) ** 2 / float((sizes.astype(np.float64) ** 2).sum())
    return Variance(len(sizes) / (len(sizes) - 1) * float((sums**2).sum()), max(1.0, worth - 1))


def share_interval(value: float, variance: Variance, confidence: float, *, units: int) -> Interval | None:
    """Wilson's interval of a value in [0, 1], with as many trials as would have this variance.

    Wald's interval holds too seldom where few of a hundred labels are wrong, which is the usual case.

    Args:
        value: the estimate.
        variance: of it.
        confidence: level.
        units: trials where every one of them came out alike, so that they vary in nothing.

    Returns:
        None where one key alone has answered.

    Source: Korn and Graubard (1998) for the effective number of trials; Wilson (1927).
    """
    from scipy.stats import t

    if not np.isfinite(variance.value) or units < 2:
        return None
    value = min(max(value, 0.0), 1.0)
    spread = value * (1 - value)
    if variance.value <= 1e-15 or spread <= 0:
        return wilson_interval(value * units, units, confidence=confidence)
    trials = spread / variance.value
    reach = float(t.ppf((1 + confidence) / 2, max(variance.freedom, 1.0)))
    return wilson_ends(value * trials, trials, reach)


def share_over_blocks(
    hits: NDArray[np.bool_], blocks: NDArray[np.integer], confidence: float = 0.95, *, of: str = "pictures"
) -> Measurement:
    """How often something happened, where the pictures of one key are not independent.

    Args:
        hits: [N], whether it did.
        blocks: [N], the key of each.
        confidence: level of the interval.
        of: what the share is of.
    """
    n = len(hits)
    if n == 0:
        return Measurement(None, None, None, 0, f"undefined: no {of}")
    value = float(np.mean(hits))
    keys = len(np.unique(blocks))
    if keys == 1:  # what is said is about this key alone, whose pictures are then what is drawn
        ends = wilson_interval(float(np.sum(hits)), n, confidence=confidence)
        assert ends is not None
        return Measurement(value, *ends, n, f"Wilson over {of} of one key")
    variance = block_variance((np.asarray(hits, np.float64) - value) / n, blocks)
    interval = share_interval(value, variance, confidence, units=keys)
    assert interval is not None
    return Measurement(value, *interval, n, f"Wilson over {keys} keys")


def centred(values: Float64Array, weights: NDArray[Any] | None = None) -> Float64Array:
    """Influences of each value on the (weighted) mean: they sum to zero.

    Args:
        values: [N].
        weights: [N]; None for equal ones.
    """
    if weights is None:
        return (values - values.mean()) / len(values)
    share = np.asarray(weights, np.float64) / float(np.sum(weights))
    return share * (values - float(share @ values))
