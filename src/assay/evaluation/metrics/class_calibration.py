"""Class-wise calibration error: the probability of each class against the share of images that are of it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.calibration_error import BINS, assign, equal_width_edges
from assay.evaluation.metrics.family import Float64Array, MetricFamily, row_sum_per_cell
from assay.evaluation.metrics.ranking import MOST_SCORES
from assay.evaluation.metrics.sample import Sample


class ClassCalibrationError(MetricFamily):
    """`ece_classwise`, the mean over classes, and `ece_of_class`, one for each.

    As the calibration error, of every class instead of the predicted one: images are put in 15 bins of equal width by
    their probability of the class, whatever is predicted for them. Biased upward in the same way. Beyond 10 million
    probabilities there are no resamples.

    Args:
        sample: labels and probabilities.
        suffix: added to the names, e.g. "_uncalibrated".
    """

    order: ClassVar[int] = 5
    also_uncalibrated: ClassVar[bool] = True

    def __init__(self, sample: Sample, *, suffix: str = "") -> None:
        from scipy.sparse import csr_array

        self.classes, self.n = sample.classes, sample.n
        self.mean, self.each = f"ece_classwise{suffix}", f"ece_of_class{suffix}"
        self.biased, self.about_all = frozenset([self.mean, self.each]), frozenset([self.each])
        cells = class_cells(sample).ravel()
        gaps = sample.probabilities.copy()
        gaps[np.arange(sample.n), sample.labels] -= 1
        gaps = gaps.ravel()
        count = sample.classes * BINS
        self.sums = np.bincount(cells, weights=gaps, minlength=count)[:, None].astype(np.float64)
        self.resamples = len(cells) <= MOST_SCORES
        if self.resamples:
            images = np.repeat(np.arange(sample.n), sample.classes)
            self.rows = row_sum_per_cell(cells, count, gaps, images=images, n=sample.n)
        else:
            self.rows = csr_array((0, sample.n), dtype=np.float32)

    def exact(self) -> dict[str, Any]:
        """Both on the whole sample."""
        errors = self._errors(self.sums, np.array([float(self.n)]))
        return {self.mean: float(errors[self.mean][0]), self.each: errors[self.each][:, 0]}

    def resampled(self, sums: Float64Array, total: Float64Array) -> dict[str, Float64Array]:
        """Both on R resamples; nothing when there are too many probabilities."""
        return self._errors(sums, total) if self.resamples else {}

    def _errors(self, sums: Float64Array, total: Float64Array) -> dict[str, Float64Array]:
        each = class_calibration_errors(sums, total, self.classes)
        return {self.mean: each.mean(axis=0), self.each: each}


def class_calibration_errors(sums: Float64Array, total: Float64Array, classes: int) -> Float64Array:
    """Sum over bins of |mean probability - share of the class|, weighted with the share of images in the bin, [C, R].

    Args:
        sums: [C * bins, R], sum over the images of a bin of the probability of the class, minus 1 where it is true.
        total: [R], images.
        classes: C.

    Source: Kull et al. (2019), Beyond Temperature Scaling, section 2; Nixon et al. (2019) call it static calibration
    error.
    """
    return np.abs(sums).reshape(classes, BINS, -1).sum(axis=1) / total


def class_cells(sample: Sample) -> NDArray[np.int32]:
    """The bin that each image lies in for each class, [N, C], numbered from 0 to C * bins - 1."""
    edges = equal_width_edges()
    cells = np.empty(sample.probabilities.shape, dtype=np.int32)
    for index in range(sample.classes):
        cells[:, index] = assign(sample.probabilities[:, index], edges) + index * BINS
    return cells
