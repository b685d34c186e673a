"""MetricFamily: metrics that follow from the same sums over images, so that a resample costs one product."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metric_entry import MetricEntry

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from assay.evaluation.metrics.sample import Sample


Float64Array = NDArray[np.float64]


class MetricFamily(ABC):
    """Metrics that are functions of `rows @ weights`.

    A bootstrap resample is a weight per image: how often it was drawn. Everything a family needs to know about a
    resample is K weighted sums over images, so that many resamples together are one matrix product.

    Attributes:
        rows: float32 [K, N], what is summed over images; CSR where most of it is zero.
        biased: names of the metrics that a small sample pushes to one side, so that resamples are pushed twice.
        about_all: names of the metrics per class that every image counts for, not only those of the class.
        entries: what people see of its metrics, where they are not in the catalogue; see `join_family`.
        order: place among all families.
        also_uncalibrated: whether it is measured before calibration too; `__init__` then takes `suffix`, which is added
            to the names.
        costly: whether comparisons leave it out, for its time.
    """

    entries: ClassVar[tuple[MetricEntry, ...]] = ()
    order: ClassVar[int] = 100
    also_uncalibrated: ClassVar[bool] = False
    costly: ClassVar[bool] = False

    biased: frozenset[str] = frozenset()
    about_all: frozenset[str] = frozenset()
    rows: csr_array | NDArray[np.float32]

    @abstractmethod
    def __init__(self, sample: Sample) -> None:
        """Take labels and probabilities."""

    @abstractmethod
    def exact(self) -> dict[str, Any]:
        """Each metric on the whole sample: a float, or float64 [C]; NaN or infinite where it is undefined."""

    @abstractmethod
    def resampled(self, sums: Float64Array, total: Float64Array) -> dict[str, Float64Array]:
        """Each metric on R resamples.

        Args:
            sums: [K, R], `rows @ weights`.
            total: [R], images in each resample.

        Returns:
            [R], or [C, R] for a metric per class; NaN where a resample leaves it undefined. A metric that is too
            costly to resample is missing and has no interval.
        """


def row_per_cell(cells: NDArray[np.integer], count: int, *, images: NDArray[np.integer], n: int) -> csr_array:
    """Rows that count the images of each cell.

    Args:
        cells: [M], the cell that each image lies in, from 0 to count - 1.
        count: number of cells, K.
        images: [M], the indices of these images.
        n: number of all images.

    Returns:
        float32 [K, N].
    """
    return row_sum_per_cell(cells, count, np.ones(len(cells)), images=images, n=n)


def row_sum_per_cell(
    cells: NDArray[np.integer], count: int, values: Float64Array, *, images: NDArray[np.integer], n: int
) -> csr_array:
    """Rows that sum a value over the images of each cell; arguments as in `row_per_cell`, values [M]."""
    from scipy.sparse import csr_array

    order = np.argsort(cells, kind="stable")
    pointers = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(cells, minlength=count), out=pointers[1:])
    content = (values[order].astype(np.float32), images[order].astype(np.int32), pointers)
    return csr_array(content, shape=(count, n))
