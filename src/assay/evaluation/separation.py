"""Separation: how well a score tells OOD pictures from in-domain ones, with intervals over groups on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.intervals import bias_corrected_interval, percentile_interval
from assay.evaluation.metrics.family import Float64Array, row_per_cell
from assay.evaluation.metrics.ordering import Ordering
from assay.evaluation.metrics.ranking import average_precision, roc_auc
from assay.measurement import Measurement
from assay.predictions import StrArray

WIDTH = 64
ACCEPTED = 0.95
OUTSIDE = 2**20  # added to the seed for the other side, so that the two are drawn independently


@dataclass(frozen=True)
class Separation:
    """How well one score separates two sets of pictures.

    Attributes:
        auroc: chance that an OOD picture scores above an in-domain one; 0.5 is chance.
        aupr: average precision with OOD as the positive class; chance is the share of OOD pictures in both sets.
        fpr95: share of the OOD pictures that pass the threshold which 95 % of the in-domain ones pass; lower is better.
    """

    auroc: Measurement
    aupr: Measurement
    fpr95: Measurement


def separations(
    inside: Mapping[str, Float64Array],
    outside: Mapping[str, Float64Array],
    *,
    inside_groups: StrArray,
    outside_groups: StrArray,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> dict[str, Separation]:
    """The separation of each score, all on the same resamples.

    Each side is resampled by itself, by groups; in-domain resamples are the same for every OOD set. Memory does not
    grow with the number of resamples.

    Args:
        inside: by score, [N] values of the in-domain pictures, larger is more outlying.
        outside: by score, [M] values of the OOD pictures.
        inside_groups: [N].
        outside_groups: [M].
        resamples: how many; 0, or a side of one group, gives values without intervals.
        seed: of the resamples.
        confidence: level of the intervals.
    """
    cells_by_score = {name: _Cells.of(inside[name], outside[name], inside_groups, outside_groups) for name in inside}
    units = [len(np.unique(groups)) for groups in (inside_groups, outside_groups)]
    draws: dict[str, list[NDArray[np.float64]]] = {name: [] for name in cells_by_score}
    for start in range(0, resamples if min(units) > 1 else 0, WIDTH):
        numbers = range(start, min(start + WIDTH, resamples))
        weights = (resample_weights(units[0], numbers, seed), resample_weights(units[1], numbers, seed + OUTSIDE))
        for name, cells in cells_by_score.items():
            draws[name].append(cells.resampled(*weights))
    words = "groups" if units != [len(inside_groups), len(outside_groups)] else "images"
    method = f"bootstrap over {words}, {units[0]} and {units[1]}"
    return {name: cells.separation(draws[name], confidence, method) for name, cells in cells_by_score.items()}


@dataclass(frozen=True)
class _Cells:
    """Pictures in the order of a score, and which groups lie in which cell of it."""

    values: Float64Array  # [3], exact
    coarse: Float64Array  # [3], as the resampling sees them
    inside: object  # CSR [cells, groups]
    outside: object
    n: int

    @classmethod
    def of(
        cls, inside: Float64Array, outside: Float64Array, inside_groups: StrArray, outside_groups: StrArray
    ) -> _Cells:
        kind = np.r_[np.zeros(len(inside), bool), np.ones(len(outside), bool)]
        fine = Ordering.by(np.r_[inside, outside], kind)
        coarse = fine.coarse(kind)
        count, outer = len(coarse.yes), kind[coarse.images]
        sides = []
        for mask, groups, first in ((~outer, inside_groups, 0), (outer, outside_groups, len(inside))):
            names, of_image = np.unique(groups, return_inverse=True)
            units = of_image[coarse.images[mask] - first]
            sides.append(row_per_cell(coarse.cells[mask], count, images=units, n=len(names)))
        values = [_metrics(part.yes[:, None], part.no[:, None])[:, 0] for part in (fine, coarse)]
        return cls(values[0], values[1], sides[0], sides[1], len(kind))

    def resampled(self, inside: NDArray[np.float32], outside: NDArray[np.float32]) -> Float64Array:
        """The three metrics on R resamples, [3, R]; arguments are weights of groups, [U, R]."""
        yes, no = (
            np.asarray(rows @ weights, dtype=np.float64)  # type: ignore[operator]
            for rows, weights in ((self.outside, outside), (self.inside, inside))
        )
        return _metrics(yes, no)

    def separation(self, draws: list[Float64Array], confidence: float, method: str) -> Separation:
        drawn = np.concatenate(draws, axis=1) + (self.values - self.coarse)[:, None] if draws else None
        measured = []
        for k, value in enumerate(self.values.tolist()):
            interval = None
            if drawn is not None:
                row = np.clip(drawn[k], 0, 1)
                biased = k == 1
                interval = (
                    bias_corrected_interval(row, value, confidence=confidence)
                    if biased
                    else percentile_interval(row, confidence=confidence)
                )
            low, high = (None, None) if interval is None else (interval[0], min(interval[1], 1.0))
            how = method if interval is not None else "no interval: one side is a single group, or nothing is resampled"
            measured.append(Measurement(value, low, high, self.n, how))
        return Separation(*measured)


def _metrics(yes: Float64Array, no: Float64Array) -> Float64Array:
    """AUROC, average precision and FPR at 95 % TPR, [3, R], of counts per cell [cells, R], highest score first."""
    return np.stack([roc_auc(yes, no), average_precision(yes, no), _passed(yes, no)])


def _passed(yes: Float64Array, no: Float64Array) -> Float64Array:
    """Share of `yes` in the cells from the lowest up to where 95 % of `no` lie, [R]."""
    inside, outside = np.cumsum(no[::-1], axis=0), np.cumsum(yes[::-1], axis=0)
    place = (inside >= ACCEPTED * inside[-1] - 1e-9).argmax(axis=0)
    return outside[place, np.arange(yes.shape[1])] / outside[-1]
