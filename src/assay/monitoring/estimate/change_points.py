"""Change points: between which values of a series the level has changed, by more than their own uncertainty allows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.family import Float64Array

DRAWS = 4000
FEWEST = 2


@dataclass(frozen=True)
class ChangePoint:
    """A place where the level changes.

    Attributes:
        at: index of the first value of the new level.
        before: weighted mean of the values since the last change.
        after: of those until the next one.
        p: chance of so great a step anywhere in this part of the series, were there none.
    """

    at: int
    before: float
    after: float
    p: float


def change_points(
    values: Sequence[float], errors: Sequence[float], *, level: float = 0.05, seed: int = 0
) -> tuple[ChangePoint, ...]:
    """Where the level of a series changes.

    The place with the greatest step between the means before and behind it is taken where chance alone seldom makes one
    as great anywhere, and both parts are looked through likewise, at the level that is left for them.

    Args:
        values: one after the other.
        errors: standard error of each, above 0.
        level: chance that a series without a change is said to have one.
        seed: of the draws under no change.

    Source: Sen and Srivastava (1975) for the greatest step; Vostrikova (1981) for going on in both parts.
    """
    numbers, spread = np.asarray(values, np.float64), np.maximum(np.asarray(errors, np.float64), 1e-9)
    if len(numbers) < FEWEST:
        return ()
    chances: dict[int, float] = {}
    _split(numbers, spread, 0, len(numbers), level, seed, chances)
    cuts = [0, *sorted(chances), len(numbers)]
    means = [_mean(numbers[a:b], spread[a:b]) for a, b in itertools.pairwise(cuts)]
    return tuple(ChangePoint(at, means[k], means[k + 1], chances[at]) for k, at in enumerate(cuts[1:-1]))


def _split(
    values: Float64Array,
    errors: Float64Array,
    start: int,
    end: int,
    level: float,
    seed: int,
    chances: dict[int, float],
) -> None:
    if end - start < FEWEST:
        return
    steps = _steps(values[None, start:end], errors[start:end])[0]
    at = int(np.argmax(steps))
    noise = np.random.default_rng([seed, start, end]).normal(size=(DRAWS, end - start)) * errors[start:end]
    beyond = int((_steps(noise, errors[start:end]).max(axis=1) >= steps[at]).sum())
    p = (beyond + 1) / (DRAWS + 1)
    if p >= level:
        return
    cut = start + at + 1
    chances[cut] = p
    _split(values, errors, start, cut, level / 2, seed, chances)
    _split(values, errors, cut, end, level / 2, seed, chances)


def _steps(values: NDArray[np.float64], errors: Float64Array) -> NDArray[np.float64]:
    """[R, T - 1], the size of the step behind each value, in standard errors."""
    weights = 1 / errors**2
    before, total = np.cumsum(weights)[:-1], weights.sum()
    sums = np.cumsum(values * weights, axis=1)
    after = total - before
    gap = sums[:, :-1] / before - (sums[:, -1:] - sums[:, :-1]) / after
    return np.abs(gap) / np.sqrt(1 / before + 1 / after)


def _mean(values: Float64Array, errors: Float64Array) -> float:
    return float(np.average(values, weights=1 / errors**2))
