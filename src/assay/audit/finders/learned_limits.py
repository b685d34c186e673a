"""Learned limits: from where on a value is unlike those of the pictures of its dataset, or of its class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FEWEST = 50
"""Pictures from which limits are learned; of fewer, no share of the clean ones that are flagged can be known."""
SPREADS = 4.5
"""Robust standard deviations from the median to the limit. Of normal values 3 in a million are beyond it on one side,
of values with an exponential tail 5 in a thousand."""
APART = 0.75
"""Robust standard deviations of a class between its median and that of all, from which on its limits are its own."""
_NORMAL = 0.6744897501960817  # the upper quartile of a standard normal


@dataclass(frozen=True)
class Learned:
    """A one-sided limit.

    Attributes:
        limit: on the scale of the values.
        median: of the values.
        spread: robust standard deviation towards the limit.
    """

    limit: float
    median: float
    spread: float

    def beyond(self, values: FloatArray) -> FloatArray:
        """How many robust standard deviations from the median, towards the limit, float64 [N]."""
        return np.asarray((values - self.median) * np.sign(self.limit - self.median) / self.spread)


def learned(values: FloatArray, side: str, *, least_spread: float) -> Learned | None:
    """The limit on one side: the median and `SPREADS` times the median distance of the values on that side of it.

    The distance is that of one side alone, so that a long tail on the other side neither widens nor narrows it; being a
    median, it stays while less than a quarter of all pictures are spoilt.

    Args:
        values: [N], on a scale on which they lie about evenly.
        side: "below" or "above".
        least_spread: what the spread is at least, so that nothing is odd among values that are all but equal.

    Returns:
        None for fewer than `FEWEST` values.

    Source: Rousseeuw and Croux (1993), "Alternatives to the median absolute deviation", for the median distance; one
    for each side as in the double MAD of Rosenmai (2013).
    """
    values = values[np.isfinite(values)]
    if len(values) < FEWEST:
        return None
    median = float(np.median(values))
    distance = median - values if side == "below" else values - median
    own = distance[distance >= 0]
    spread = max(float(np.median(own)) / _NORMAL, least_spread)
    limit = median - SPREADS * spread if side == "below" else median + SPREADS * spread
    return Learned(limit, median, spread)


def learned_by_class(
    values: FloatArray, labels: NDArray[np.integer], side: str, *, least_spread: float
) -> dict[int, Learned]:
    """The limit that holds for each class: that of all pictures, or its own where the class is unlike the others.

    Args:
        values: [N].
        labels: [N], their classes; -1 is no class.
        side: see `learned`.
        least_spread: see `learned`.

    Returns:
        By class; empty where there are too few pictures.
    """
    of_all = learned(values, side, least_spread=least_spread)
    limits: dict[int, Learned] = {}
    for label in np.unique(labels).tolist():
        own = learned(values[labels == label], side, least_spread=least_spread) if label >= 0 else None
        if own is not None and (of_all is None or abs(own.median - of_all.median) > APART * own.spread):
            limits[label] = own
        elif of_all is not None:
            limits[label] = of_all
    return limits
