"""Kernel distance (KID): unbiased over all pairs, with a bootstrap interval by group and a permutation test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.intervals import percentile_interval
from assay.evaluation.measure import Units
from assay.measurement import Measurement
from assay.predictions import StrArray
from assay.synthetic.fidelity.divide import Division

Float64Array = NDArray[np.float64]
Float32Array = NDArray[np.float32]

FEWEST_UNITS = 5
"""Independent images, or groups, of a side from which resampling says anything."""
_PIECE = 200
_ROUNDING = 1e-6
"""Of the mean kernel value: more than sums in single precision are off by, and far less than permutations differ by."""


@dataclass(frozen=True)
class KernelSide:
    """Kernel values among the images of one side, 0 within a group, and how often each pair is to be counted."""

    values: Float32Array
    units: Units

    def mean(self, weights: Float32Array) -> Float64Array:
        """Mean over pairs of different units, [R], of images that count `weights` [n, R] times."""
        total = (weights * (self.values @ weights)).sum(axis=0, dtype=np.float64)
        return total / self.pairs(weights)

    def pairs(self, weights: Float32Array) -> Float64Array:
        """How many pairs of different units there are, [R]; NaN for none."""
        sums = by_unit(weights, self.units)
        counts = weights.sum(axis=0, dtype=np.float64) ** 2 - (sums**2).sum(axis=0, dtype=np.float64)
        return np.where(counts > 0, counts, np.nan)


class KernelDistance:
    """The squared maximum mean discrepancy of two sets of features under the kernel (x·y / D + 1)³.

    The kernel is computed once; every resample, permutation and division of it is a product with weights. Pairs of one
    group are left out, as pairs of an image with itself are, so groups do not make sets look narrower than they are.

    Args:
        real: features [n, D].
        generated: features [m, D].
        real_groups: [n].
        generated_groups: [m].

    Attributes:
        value: the distance, unbiased: it can fall below 0; NaN with fewer than two units on a side.

    Raises:
        DataError: sets of different features.

    Source: Gretton et al. (2012), lemma 6, the unbiased estimate; Bińkowski et al. (2018), the kernel. Equal to
    torch-fidelity's `kid_features_to_metric` with one subset that holds everything.
    """

    def __init__(
        self,
        real: NDArray[np.floating],
        generated: NDArray[np.floating],
        real_groups: StrArray,
        generated_groups: StrArray,
    ) -> None:
        if real.shape[1] != generated.shape[1]:
            raise DataError(f"no kernel distance between features of shapes {real.shape} and {generated.shape}")
        first, second = real.astype(np.float64), generated.astype(np.float64)
        self.units = Units.of(real_groups), Units.of(generated_groups)
        cross = polynomial_kernel(first, second)
        # A constant cancels out of the distance; without it single precision holds what is left.
        level = float(cross.mean()) if cross.size else 0.0
        sides, means = [], []
        for features, units in zip((first, second), self.units, strict=True):
            among = polynomial_kernel(features, features)
            within = _same_unit(units)
            pairs = among.size - int(within.sum())
            means.append(float(among[~within].sum()) / pairs if pairs else np.nan)
            among -= level
            among[within] = 0
            sides.append(KernelSide(among.astype(np.float32), units))
        self.value = means[0] + means[1] - 2 * level
        self._real, self._generated = sides
        self._cross = (cross - level).astype(np.float32)

    def __call__(self, real: Float32Array, generated: Float32Array) -> Float64Array:
        """The distance, [R], with images that count `real` [n, R] and `generated` [m, R] times."""
        between = (real * (self._cross @ generated)).sum(axis=0, dtype=np.float64)
        between /= real.sum(axis=0, dtype=np.float64) * generated.sum(axis=0, dtype=np.float64)
        return self._real.mean(real) + self._generated.mean(generated) - 2 * between

    def measure(self, *, resamples: int, confidence: float, seed: int) -> Measurement:
        """The value with a percentile interval; an image that a resample holds twice makes no pair with itself."""
        n = self._cross.shape[1]
        if not np.isfinite(self.value):
            return Measurement(None, None, None, n, "undefined")
        fewest = min(units.count for units in self.units)
        if not resamples:
            return Measurement(self.value, None, None, n, "no interval: not resampled")
        if fewest < FEWEST_UNITS:
            return Measurement(self.value, None, None, n, f"no interval: {fewest} images on one side")
        drawn = []
        for start in range(0, resamples, _PIECE):
            numbers = range(start, min(start + _PIECE, resamples))
            weights = [
                of_images(resample_weights(units.count, numbers, seed + offset), units)
                for offset, units in enumerate(self.units)
            ]
            drawn.append(self(*weights))
        interval = percentile_interval(np.concatenate(drawn), confidence=confidence)
        if interval is None:
            return Measurement(self.value, None, None, n, "no interval: undefined in most resamples")
        word = "groups" if "groups" in (self.units[0].word, self.units[1].word) else "images"
        low, high = min(interval[0], self.value), max(interval[1], self.value)
        return Measurement(self.value, low, high, n, f"percentile bootstrap over {word}, {resamples} resamples")

    def permutation_p(self, *, permutations: int, seed: int) -> float | None:
        """Share of random assignments of the images (or groups) to the sides that are as far apart; None without any.

        The images' own assignment counts as one of them, so p is never below 1 / (permutations + 1). An assignment that
        is drawn again is as far apart, whatever single precision makes of it: of three images and three there are 20.
        """
        first, second = self.units
        if not permutations or not np.isfinite(self.value):
            return None
        kernel = np.block([[self._real.values, self._cross], [self._cross.T, self._generated.values]])
        whole = KernelSide(kernel, _joined(first, second))
        sums = kernel.sum(axis=1, dtype=np.float64)
        reached = self.value - _ROUNDING * float(np.abs(kernel).mean())
        as_far = 0
        for start in range(0, permutations, _PIECE):
            numbers = range(start, min(start + _PIECE, permutations))
            chosen = np.zeros((whole.units.count, len(numbers)), dtype=np.float32)
            for column, number in enumerate(numbers):
                order = np.random.default_rng([seed, number, 1]).permutation(whole.units.count)
                chosen[order[: first.count], column] = 1
            inside = of_images(chosen, whole.units)
            as_far += int((_of_halves(whole, inside, sums) >= reached).sum())
        return (1 + as_far) / (permutations + 1)

    def divided(self, divisions: list[Division]) -> tuple[Float64Array, Float64Array]:
        """Generated against real and real against real in each division, [S] each."""
        n, m = self._cross.shape
        first, second, generated = (np.zeros((size, len(divisions)), dtype=np.float32) for size in (n, n, m))
        for column, division in enumerate(divisions):
            first[division.first, column] = 1
            second[division.second, column] = 1
            generated[division.generated, column] = 1
        between = (first * (self._real.values @ second)).sum(axis=0, dtype=np.float64)
        between /= first.sum(axis=0, dtype=np.float64) * second.sum(axis=0, dtype=np.float64)
        among = self._real.mean(first) + self._real.mean(second) - 2 * between
        return self(second, generated), among


def polynomial_kernel(first: Float64Array, second: Float64Array) -> Float64Array:
    """(x·y / D + 1)³ for all pairs, [n, m]."""
    return cast(Float64Array, (first @ second.T / first.shape[1] + 1) ** 3)


def of_images(weights: Float32Array, units: Units) -> Float32Array:
    """Weights of units [U, R] as weights of their images [n, R]."""
    return weights if units.of_image is None else weights[units.of_image]


def by_unit(weights: Float32Array, units: Units) -> Float32Array:
    """Sums of the weights of images [n, R] over their units, [U, R]."""
    if units.of_image is None:
        return weights
    sums = np.zeros((units.count, weights.shape[1]), dtype=np.float32)
    np.add.at(sums, units.of_image, weights)
    return sums


def _same_unit(units: Units) -> NDArray[np.bool_]:
    if units.of_image is None:
        return np.eye(units.count, dtype=bool)
    return units.of_image[:, None] == units.of_image[None]


def _joined(first: Units, second: Units) -> Units:
    if first.of_image is None and second.of_image is None:
        return Units(first.count + second.count, None, "images")
    places = [np.arange(units.count) if units.of_image is None else units.of_image for units in (first, second)]
    return Units(first.count + second.count, np.concatenate([places[0], places[1] + first.count]), "groups")


def _of_halves(whole: KernelSide, inside: Float32Array, sums: Float64Array) -> Float64Array:
    """The distance between the images that count in `inside` [n, R], 0 or 1, and all others."""
    product = whole.values @ inside
    among = (inside * product).sum(axis=0, dtype=np.float64)
    to_all = sums @ inside.astype(np.float64)
    between, others = to_all - among, float(sums.sum()) - 2 * to_all + among
    outside = 1 - inside
    count = inside.sum(axis=0, dtype=np.float64)
    within = among / whole.pairs(inside) + others / whole.pairs(outside)
    return cast(Float64Array, within - 2 * between / (count * (len(inside) - count)))
