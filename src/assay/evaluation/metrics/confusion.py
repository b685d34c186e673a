"""Metrics of the confusion matrix: accuracy, balanced accuracy, F1, Matthews correlation, quadratic kappa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.family import Float64Array, MetricFamily, row_per_cell
from assay.evaluation.metrics.sample import Sample

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class ConfusionMetrics(MetricFamily):
    """`accuracy`, `balanced_accuracy`, `macro_f1`, `mcc`, `f1` per class, and for grades `quadratic_kappa`.

    All follow from the cells of the confusion matrix that are not empty; nothing of size C * C is kept.

    Averages over classes go over the classes that have images in the sample: the same classes for every model that
    answers about it. A class without images has no F1, even if something was mistaken for it; that mistake already
    costs the recall of the class it was taken from. scikit-learn's macro F1 counts such a class as zero.

    Args:
        sample: labels and probabilities.
    """

    order: ClassVar[int] = 0

    def __init__(self, sample: Sample) -> None:
        c = self.classes = sample.classes
        pairs, cells, counts = np.unique(sample.labels * c + sample.predicted, return_inverse=True, return_counts=True)
        self.cells = counts.astype(np.float64)
        self.ordered = sample.ordered
        self.margins = _margins(*np.divmod(pairs, c), c)
        self.rows = row_per_cell(cells, len(pairs), images=np.arange(sample.n), n=sample.n)

    def exact(self) -> dict[str, Any]:
        """Each metric on the whole sample; `f1` is [C], NaN for classes without images."""
        return self.resampled(self.cells, self.cells.sum())

    def resampled(self, sums: Float64Array, total: Any) -> dict[str, Any]:
        """Each metric on R resamples."""
        c = self.classes
        margins = self.margins @ sums
        square = margins[3 * c] if self.ordered else None
        return confusion_metrics(margins[:c], margins[c : 2 * c], margins[2 * c : 3 * c], square=square)


def _margins(true: NDArray[np.int64], predicted: NDArray[np.int64], c: int) -> csr_array:
    """[3 C + 1, cells]: from images per cell to images per true class, per predicted class, found, squared distance."""
    from scipy.sparse import csr_array

    cells = np.arange(len(true))
    hits = np.flatnonzero(true == predicted)
    rows = np.concatenate([true, c + predicted, 2 * c + true[hits], np.full(len(true), 3 * c)])
    columns = np.concatenate([cells, cells, hits, cells])
    values = np.concatenate([np.ones(2 * len(true) + len(hits)), (true - predicted).astype(np.float64) ** 2])
    return csr_array((values, (rows, columns)), shape=(3 * c + 1, len(true)))


def confusion_metrics(
    support: NDArray[Any], predicted: NDArray[Any], hits: NDArray[Any], *, square: Any = None
) -> dict[str, Any]:
    """The metrics from the margins and the diagonal of confusion matrices.

    Args:
        support: [C, …] images of each true class.
        predicted: [C, …] images taken for each class.
        hits: [C, …] images of each class that were found.
        square: [...] sum over images of the squared distance between true and predicted grade; None for classes
            that are not grades.

    Source: Gorodkin (2004) for the Matthews correlation of C classes, which is 0 when only one class is predicted;
    Cohen (1968) for weighted kappa, undefined (NaN) when truth and prediction are one and the same class.
    """
    support, predicted, hits = (np.asarray(counts, dtype=np.float64) for counts in (support, predicted, hits))
    n = support.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = hits / support
        f1 = np.where(support > 0, 2 * hits / (support + predicted), np.nan)
        spread = (n**2 - (support**2).sum(axis=0)) * (n**2 - (predicted**2).sum(axis=0))
        agreement = hits.sum(axis=0) * n - (support * predicted).sum(axis=0)
        metrics = {
            "accuracy": hits.sum(axis=0) / n,
            "balanced_accuracy": mean_of_defined(recall),
            "macro_f1": mean_of_defined(f1),
            "mcc": np.where(spread > 0, agreement / np.sqrt(spread), 0.0),
            "f1": f1,
        }
        if square is not None:
            metrics["quadratic_kappa"] = _quadratic_kappa(support, predicted, square, n)
    return metrics


def mean_of_defined(values: Float64Array) -> Float64Array:
    """Mean over the first axis of what is not NaN; NaN where nothing is."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0)


def _quadratic_kappa(support: Float64Array, predicted: Float64Array, square: Any, n: Any) -> Any:
    grade = np.arange(len(support), dtype=np.float64)
    first = (grade @ support, grade @ predicted)
    second = (grade**2 @ support, grade**2 @ predicted)
    expected = (second[0] + second[1]) * n - 2 * first[0] * first[1]
    return np.where(expected > 0, 1 - square * n / expected, np.nan)
