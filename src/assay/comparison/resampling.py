"""Paired resampling: the difference of any metric between two models on resamples that both share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import LARGEST_WEIGHTS, MOST_THREADS, WIDTH, by_unit, resample_weights
from assay.evaluation.measure import Units
from assay.evaluation.metrics import MetricFamily, Sample
from assay.evaluation.metrics.family import Float64Array
from assay.progress import track

MOST_BLOCKS = 2000
"""Units beyond this number are left out in blocks."""
# Sets the swaps apart from the resamples.
STREAM = 2**32 + 2

Families = Callable[[Sample], Sequence[MetricFamily]]
Key = tuple[str, int | None]
"""A metric, and the class that it is about or None."""


@dataclass(frozen=True)
class Replicates:
    """Values and differences (second minus first, mean over the pairs) by metric.

    Attributes:
        values: of the first and of the second side on all images, means over the pairs.
        per_pair: [S], the difference of each pair on all images.
        bootstrap: [R], on resamples of the units.
        jackknife: [B], with units (or blocks of them) left out.
        swapped: [W], with the two models' answers swapped on a random half of the units.
        observed: the difference as `swapped` sees it, with nothing swapped.
    """

    values: dict[Key, tuple[float, float]]
    per_pair: dict[Key, Float64Array]
    bootstrap: dict[Key, Float64Array]
    jackknife: dict[Key, Float64Array]
    swapped: dict[Key, Float64Array]
    observed: dict[Key, float]


def replicates(
    pairs: Sequence[tuple[Sample, Sample]],
    units: Units,
    families: Families,
    wanted: Iterable[Key],
    *,
    resamples: int = 2000,
    swaps: int = 2000,
    seed: int = 0,
) -> Replicates:
    """All that tests and intervals of paired differences are made of, in memory that does not grow with resamples.

    Both models' images are put into one sample of 2 N, so that a metric family sees the two in the same cells: a
    resample is a weight per image for each half, a swap moves images from one half to the other.

    Args:
        pairs: (first, second) for each seed, all of the same N images in the same order.
        units: what is resampled, left out and swapped.
        families: the metrics of a sample.
        wanted: which of them are kept.
        resamples: bootstrap resamples, R.
        swaps: W.
        seed: of the random numbers; resamples and swaps are the same for every metric and every pair.

    Source: paired bootstrap: Efron and Tibshirani (1993), chapter 8; swaps: approximate randomisation, Noreen (1989),
    Yeh (2000), "More accurate tests for the statistical significance of result differences".
    """
    kept = frozenset(wanted)
    sides = [_Both.of(first, second, units, families, kept) for first, second in pairs]
    sizes = _sizes(units)
    count, n = units.count, float(sizes.sum())

    def over_pairs(first: Callable[[Any, Any], Any], second: Callable[[Any, Any], Any], total: Any) -> _Values:
        differences = [side.difference(first, second, total) for side in sides]
        return {key: np.mean([values[key] for values in differences], axis=0) for key in differences[0]}

    def resampled(numbers: range) -> _Values:
        weights = resample_weights(count, numbers, seed)
        total = (sizes @ weights).astype(np.float64)
        return over_pairs(lambda a, b: a @ weights, lambda a, b: b @ weights, total)

    def swapped(numbers: range) -> _Values:
        weights = _swap_weights(count, numbers, seed)
        total = np.full(len(numbers), n)
        back = 1 - weights
        return over_pairs(
            lambda a, b: a @ back + b @ weights,
            lambda a, b: a @ weights + b @ back,
            total,
        )

    blocks = min(count, MOST_BLOCKS)
    block_of_unit = np.random.default_rng([seed, STREAM]).permutation(count) % blocks

    def left_out(numbers: range) -> _Values:
        weights = np.stack([block_of_unit != number for number in numbers], axis=1).astype(np.float32)
        total = (sizes @ weights).astype(np.float64)
        return over_pairs(lambda a, b: a @ weights, lambda a, b: b @ weights, total)

    whole = np.ones((count, 1), dtype=np.float32)
    observed = over_pairs(lambda a, b: a @ whole, lambda a, b: b @ whole, np.array([n]))
    exact = [side.exact for side in sides]
    values = {
        key: (
            float(np.mean([exact_values[key][0] for exact_values in exact])),
            float(np.mean([exact_values[key][1] for exact_values in exact])),
        )
        for key in exact[0]
        if key in observed
    }
    per_pair = {
        key: np.array([exact_values[key][1] - exact_values[key][0] for exact_values in exact]) for key in values
    }
    # Families of ranking gather scores in cells for resamples: what that changes is taken out again.
    shift = {key: float(per_pair[key].mean() - observed[key][0]) for key in values}
    shift = {key: by if np.isfinite(by) else 0.0 for key, by in shift.items()}

    def run(piece: Callable[[range], _Values], times: int, what: str) -> _Values:
        return {key: drawn for key, drawn in _in_pieces(piece, times, count, what).items() if key in values}

    none = {key: np.empty(0) for key in values}
    drawn = run(resampled, resamples, "paired bootstrap") if count > 1 and resamples else none
    out = run(left_out, blocks, "leaving out") if count > 1 and resamples else none
    return Replicates(
        values=values,
        per_pair=per_pair,
        bootstrap={key: row + shift[key] for key, row in drawn.items()},
        jackknife={key: row + shift[key] for key, row in out.items()},
        swapped=run(swapped, swaps, "swapping") if swaps else none,
        observed={key: float(observed[key][0]) for key in values},
    )


_Values = dict[Key, Float64Array]


@dataclass(frozen=True)
class _Both:
    """One pair: its metric families on the stacked images, with what each half sums per unit."""

    parts: tuple[tuple[MetricFamily, Any, Any], ...]
    exact: dict[Key, tuple[float, float]]
    wanted: frozenset[Key]

    @classmethod
    def of(cls, first: Sample, second: Sample, units: Units, families: Families, wanted: frozenset[Key]) -> _Both:
        stacked = Sample(
            np.concatenate([first.labels, second.labels]),
            np.concatenate([first.log_probabilities, second.log_probabilities]),
            first.ordered,
        )
        own = None if units.of_image is None else np.concatenate([units.of_image, units.of_image + units.count])
        parts = []
        names = {name for name, _ in wanted}
        for family in families(stacked):
            if names.isdisjoint(family.exact()):
                continue
            rows = by_unit(family.rows, own, 2 * units.count)
            parts.append((family, rows[:, : units.count], rows[:, units.count :]))
        alone = [_flat([family.exact() for family in families(sample)], wanted) for sample in (first, second)]
        exact = {key: (float(value), float(alone[1][key])) for key, value in alone[0].items() if key in alone[1]}
        return cls(tuple(parts), exact, wanted)

    def difference(
        self, first: Callable[[Any, Any], Any], second: Callable[[Any, Any], Any], total: Float64Array
    ) -> _Values:
        """Second side minus first, given how each side's sums follow from those of the two halves."""
        metrics = []
        for summed in (first, second):
            values = [
                family.resampled(np.asarray(summed(a, b), dtype=np.float64), total) for family, a, b in self.parts
            ]
            metrics.append(_flat(values, self.wanted))
        with np.errstate(invalid="ignore"):
            return {key: np.asarray(value - metrics[0][key]) for key, value in metrics[1].items()}


def _flat(values: Sequence[Mapping[str, Any]], wanted: frozenset[Key]) -> dict[Key, Any]:
    """Metrics of one number, and those per class row by row."""
    flat: dict[Key, Any] = {}
    for name, value in ((name, value) for family_values in values for name, value in family_values.items()):
        if (name, None) in wanted:
            flat[name, None] = value
        else:
            flat |= {(name, index): value[index] for key, index in wanted if key == name and index is not None}
    return flat


def _sizes(units: Units) -> NDArray[np.float32]:
    if units.of_image is None:
        return np.ones(units.count, dtype=np.float32)
    return np.bincount(units.of_image, minlength=units.count).astype(np.float32)


def _swap_weights(count: int, numbers: range, seed: int) -> NDArray[np.float32]:
    """1 where a unit is swapped, float32 [U, len(numbers)]."""
    rows = [np.random.default_rng([seed, STREAM, number]).integers(2, size=count, dtype=np.int8) for number in numbers]
    return np.ascontiguousarray(np.stack(rows, axis=1).astype(np.float32))


def _in_pieces(piece: Callable[[range], _Values], times: int, units: int, what: str) -> _Values:
    width = max(1, min(4 * WIDTH, LARGEST_WEIGHTS // units))
    numbers = [range(start, min(start + width, times)) for start in range(0, times, width)]
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, MOST_THREADS)) as pool:
        pieces = list(track(pool.map(piece, numbers), what, total=times, unit="resamples", step=width))
    return {key: np.concatenate([values[key] for values in pieces]) for key in pieces[0]}
