"""ROC and precision-recall curves: how well each class is ranked above the others, free of any threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.ordering import Ordering
from assay.evaluation.report.axes import FIFTHS, Axes
from assay.evaluation.report.canvas import Canvas
from assay.evaluation.report.palette import SERIES
from assay.predictions import FloatArray, IntArray

MOST_CLASSES = len(SERIES) - 1
_GRID = 201

ValueAt = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a chart.

    Attributes:
        name: what it is about.
        x, y: [K] float64, the points.
        positives: images of the class; 0 for an average over classes.
        area: under the curve: ROC-AUC, or average precision.
    """

    name: str
    x: FloatArray
    y: FloatArray
    positives: int
    area: float


def roc_curve(scores: FloatArray, positive: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """False and true positive rate at each distinct score, from (0, 0) to (1, 1).

    Args:
        scores: [N], higher means more likely positive.
        positive: [N], some true and some false.
    """
    ordering = Ordering.by(scores, positive)
    true, false = np.cumsum(ordering.yes), np.cumsum(ordering.no)
    return np.r_[0.0, false / false[-1]], np.r_[0.0, true / true[-1]]


def precision_recall_curve(scores: FloatArray, positive: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Recall and precision at each distinct score, as stairs from recall 0 to 1 whose area is the average precision.

    Args:
        scores: [N], higher means more likely positive.
        positive: [N], some true.
    """
    ordering = Ordering.by(scores, positive)
    true, false = np.cumsum(ordering.yes), np.cumsum(ordering.no)
    recall = true / true[-1]
    return np.column_stack([np.r_[0.0, recall[:-1]], recall]).ravel(), np.repeat(true / (true + false), 2)


def ranking_curves(
    labels: IntArray, probabilities: FloatArray, class_names: tuple[str, ...]
) -> tuple[list[Curve], list[Curve]]:
    """ROC and precision-recall curves, each class against the rest.

    Two classes: of the second. More: the mean over classes first, then the classes with the lowest ROC-AUC, the same
    ones in both lists. A class without images, or without images of any other class, has none and is not in the mean.

    Args:
        labels: [N], class indices.
        probabilities: [N, C].
        class_names: C names.
    """
    support = np.bincount(labels, minlength=len(class_names))
    ranked = [k for k in range(len(class_names)) if 0 < support[k] < len(labels)]
    if len(class_names) == 2:
        ranked = ranked[-1:]
    roc = {k: roc_curve(probabilities[:, k], labels == k) for k in ranked}
    precision_recall = {k: precision_recall_curve(probabilities[:, k], labels == k) for k in ranked}
    worst = set(sorted(ranked, key=lambda k: np.trapezoid(roc[k][1], roc[k][0]))[:MOST_CLASSES])

    def with_mean(drawn: dict[int, tuple[FloatArray, FloatArray]], value_at: ValueAt) -> list[Curve]:
        curves = [_curve(class_names[k], *drawn[k], positives=int(support[k])) for k in ranked]
        shown = [curve for k, curve in zip(ranked, curves, strict=True) if k in worst]
        return [_mean(curves, value_at), *shown] if len(curves) > 1 else shown

    return with_mean(roc, _on_line), with_mean(precision_recall, _on_stairs)


def curves_chart(curves: list[Curve], title: str, x_label: str, y_label: str, *, chance: bool) -> Canvas:
    """The curves in the colours and dashes of `SERIES`; with `chance` also the diagonal of a coin."""
    canvas = Canvas(340, 350, f"{title}: {y_label} against {x_label}")
    canvas.text((0, 14), title, "ink", size=13, bold=True)
    axes = Axes(canvas, left=40, top=44, width=290, height=262)
    axes.rows(FIFTHS, y_label)
    axes.columns(FIFTHS, x_label)
    if chance:
        canvas.line([axes.at(0, 0), axes.at(1, 1)], "muted", dash=(2, 4))
    for (color, dash), curve in reversed(list(zip(SERIES, curves, strict=False))):
        x, y = _thinned(curve.x, curve.y)
        canvas.line(axes.path(x, y), color, width=2.4 if curve is curves[0] else 1.6, dash=dash, tip=curve.name)
    return canvas


def _curve(name: str, x: FloatArray, y: FloatArray, *, positives: int) -> Curve:
    return Curve(name, x, y, positives, float(np.trapezoid(y, x)))


def _mean(curves: list[Curve], value_at: ValueAt) -> Curve:
    """Vertical average; its area is the mean of the areas."""
    grid = np.linspace(0, 1, _GRID)
    y = np.mean([value_at(grid, curve.x, curve.y) for curve in curves], axis=0)
    return Curve("mean over classes", grid, y, 0, float(np.mean([curve.area for curve in curves])))


def _on_line(grid: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    return np.interp(grid, x, y)


def _on_stairs(grid: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    return y[np.searchsorted(x, grid, side="left")]


def _thinned(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """At most about 400 points: what a 290 pixel wide chart can show."""
    if len(x) <= 400:
        return x, y
    keep = np.unique(np.linspace(0, len(x) - 1, 400).astype(int))
    return x[keep], y[keep]
