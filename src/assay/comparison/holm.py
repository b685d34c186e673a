"""Holm's correction: several claims at once, and the chance that even one of them is false stays within the level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Adjusted:
    """A p-value within its family.

    Attributes:
        p: to be held against the level as if it were the only one.
        factor: how many claims were still open when this one was judged; its own p had to be below level / factor.
    """

    p: float
    factor: int


def holm(p_values: Sequence[float]) -> list[Adjusted]:
    """Each p-value adjusted for the company it is in, in the same order.

    Args:
        p_values: of every claim that is made, each in [0, 1].

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    count = len(p_values)
    adjusted = [Adjusted(1.0, 1)] * count
    largest = 0.0
    for place, index in enumerate(np.argsort(p_values, kind="stable")):
        factor = count - place
        largest = max(largest, min(1.0, factor * p_values[index]))
        adjusted[int(index)] = Adjusted(float(largest), factor)
    return adjusted
