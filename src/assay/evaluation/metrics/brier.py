"""Decomposition of the Brier score: what miscalibration costs, what telling classes apart gains, what chance leaves."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from assay.evaluation.metrics.family import Float64Array, MetricFamily, row_per_cell
from assay.evaluation.metrics.likelihood import brier_score
from assay.evaluation.metrics.ordering import Ordering
from assay.evaluation.metrics.ranking import ALL_CELLS, MOST_SCORES
from assay.evaluation.metrics.sample import Sample

# Each class of each resample costs one isotonic regression.
MOST_CLASSES = 100
# Cells of a class in resamples.
GRID = 512
PARTS = ("reliability", "resolution", "uncertainty")


class BrierDecomposition(MetricFamily):
    """`brier_reliability`, `brier_resolution` and `brier_uncertainty`; brier = reliability - resolution + uncertainty.

    For each class against the rest, summed over classes: reliability is what the score would lose if probabilities
    were replaced by the shares that isotonic regression finds on this very sample, resolution what those shares gain
    over the share of the class alone. The sum is exact and needs no bins; with probabilities that take few values and
    rise with their shares it is Murphy's decomposition. The refinement is brier minus reliability.

    Isotonic regression fits the sample that it is judged on, so reliability and resolution are both biased upward;
    what a perfectly calibrated model would show is for the consistency band to say. Resamples as in `RankingMetrics`,
    in at most 512 cells per class, and none beyond 100 classes.

    Args:
        sample: labels and probabilities.
        suffix: added to the names, e.g. "_uncalibrated".

    Source: Dimitriadis, Gneiting and Jordan (2021), Stable Reliability Diagrams for Probabilistic Classifiers (CORP);
    Murphy (1973), A New Vector Partition of the Probability Score.
    """

    order: ClassVar[int] = 3
    also_uncalibrated: ClassVar[bool] = True
    costly: ClassVar[bool] = True

    def __init__(self, sample: Sample, *, suffix: str = "") -> None:
        from scipy.sparse import csr_array, vstack

        reliability, resolution, uncertainty = (f"brier_{part}{suffix}" for part in PARTS)
        self.names = (reliability, resolution, uncertainty)
        self.biased = frozenset([reliability, resolution])
        losses = brier_score(sample)
        self.resamples = sample.n * sample.classes <= MOST_SCORES and sample.classes <= MOST_CLASSES
        self.cells: list[int] = []
        rows = [csr_array(losses[None].astype(np.float32))]
        recalibrated = uncertain = 0.0
        for index in range(sample.classes):
            own = sample.labels == index
            fine = Ordering.by(sample.probabilities[:, index], own)
            recalibrated += recalibrated_loss(fine.yes, fine.no)
            uncertain += float(own.sum() * (~own).sum()) / sample.n
            if not self.resamples:
                continue
            ordering = fine.coarse(own, grid=min(GRID, ALL_CELLS // sample.classes))
            of_kind, count = own[ordering.images], len(ordering.yes)
            self.cells.append(count)
            rows += [
                row_per_cell(ordering.cells[mask], count, images=ordering.images[mask], n=sample.n)
                for mask in (of_kind, ~of_kind)
            ]
        self.values = _parts(float(losses.sum()), recalibrated, uncertain, float(sample.n))
        self.rows = vstack(rows, format="csr") if self.resamples else csr_array((0, sample.n), dtype=np.float32)

    def exact(self) -> dict[str, Any]:
        """The three parts on the whole sample."""
        return dict(zip(self.names, map(float, self.values), strict=True))

    def resampled(self, sums: Float64Array, total: Float64Array) -> dict[str, Float64Array]:
        """The three parts on R resamples; nothing when there are too many probabilities."""
        if not self.resamples:
            return {}
        recalibrated, uncertain = np.zeros(len(total)), np.zeros(len(total))
        start = 1
        for count in self.cells:
            yes, no = sums[start : start + count], sums[start + count : start + 2 * count]
            recalibrated += [recalibrated_loss(*pair) for pair in zip(yes.T, no.T, strict=True)]
            uncertain += yes.sum(axis=0) * no.sum(axis=0) / total
            start += 2 * count
        return dict(zip(self.names, _parts(sums[0], recalibrated, uncertain, total), strict=True))


def recalibrated_loss(yes: Float64Array, no: Float64Array) -> float:
    """Sum over images of the squared distance to the best shares that do not rise from cell to cell.

    Args:
        yes: [cells] images of the class, the cell of the highest probability first.
        no: [cells] images of other classes.
    """
    from scipy.optimize import isotonic_regression

    images = yes + no
    filled = images > 0
    shares = yes[filled] / images[filled]
    best = isotonic_regression(shares, weights=images[filled], increasing=False).x
    return float((images[filled] * (best - shares) ** 2 + yes[filled] * (1 - shares)).sum())


def _parts(loss: Any, recalibrated: Any, uncertain: Any, total: Any) -> tuple[Any, Any, Any]:
    """Reliability, resolution and uncertainty from sums over images; the first two are never below 0."""
    return (
        np.maximum(loss - recalibrated, 0) / total,
        np.maximum(uncertain - recalibrated, 0) / total,
        uncertain / total,
    )
