"""ROC and precision-recall curves: how well each class is ranked above the others, free of any threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.evaluation.metrics.ordering import Ordering
from assay.pages.axes import FIFTHS, Axes
from assay.pages.canvas import Canvas, shortened
from assay.pages.palette import SERIES
from assay.predictions import FloatArray, IntArray

MOST_CLASSES = len(SERIES) - 1
_GRID = 201
_MOST_POINTS = 800


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a chart.

    Attributes:
        name: what it is about.
        x, y: [K] float64, the points, x rising.
        positives: images of the class; 0 for an average over classes.
        area: under the curve: ROC-AUC, or average precision.
    """

    name: str
    x: FloatArray
    y: FloatArray
    positives: int
    area: float = float("nan")

    def __post_init__(self) -> None:
        if np.isnan(self.area):
            object.__setattr__(self, "area", float(np.trapezoid(self.y, self.x)))

    def at(self, x: FloatArray) -> FloatArray:
        """The height of the line at each x; where it is upright, its foot."""
        right = np.clip(np.searchsorted(self.x, x, side="left"), 1, len(self.x) - 1)
        width = self.x[right] - self.x[right - 1]
        share = np.divide(x - self.x[right - 1], width, out=np.zeros_like(x), where=width > 0)
        return self.y[right - 1] + share * (self.y[right] - self.y[right - 1])


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
    grid = np.linspace(0, 1, _GRID)
    means, areas = np.zeros((2, _GRID)), np.zeros(2)
    worst: list[tuple[float, int, Curve, Curve]] = []
    for k in ranked:
        ordering = Ordering.by(np.asarray(probabilities[:, k], dtype=np.float64), labels == k)
        roc = Curve(class_names[k], *roc_curve(ordering), int(support[k]))
        precision_recall = Curve(class_names[k], *precision_recall_curve(ordering), int(support[k]))
        means += [roc.at(grid), precision_recall.at(grid)]
        areas += [roc.area, precision_recall.area]
        worst = sorted([*worst, (roc.area, k, roc, precision_recall)], key=lambda entry: entry[:2])[:MOST_CLASSES]
    in_order = sorted(worst, key=lambda entry: entry[1])
    lists = [entry[2] for entry in in_order], [entry[3] for entry in in_order]
    if len(ranked) > 1:
        for curves, mean, area in zip(lists, means / len(ranked), areas / len(ranked), strict=True):
            curves.insert(0, Curve("mean over classes", grid, mean, 0, float(area)))
    return lists


def roc_curve(ordering: Ordering) -> tuple[FloatArray, FloatArray]:
    """False and true positive rate at each distinct score, from (0, 0) to (1, 1); `yes` counts the positives."""
    true, false = np.cumsum(ordering.yes), np.cumsum(ordering.no)
    return np.r_[0.0, false / false[-1]], np.r_[0.0, true / true[-1]]


def precision_recall_curve(ordering: Ordering) -> tuple[FloatArray, FloatArray]:
    """Recall and precision at each distinct score, as stairs from recall 0 to 1 whose area is the average precision."""
    true, false = np.cumsum(ordering.yes), np.cumsum(ordering.no)
    recall = true / true[-1]
    return np.column_stack([np.r_[0.0, recall[:-1]], recall]).ravel(), np.repeat(true / (true + false), 2)


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
        x, y = _without_straights(curve.x, curve.y)
        canvas.line(axes.path(x, y), color, width=2.4 if curve is curves[0] else 1.6, dash=dash, tip=curve.name)
    return canvas


def with_key(chart: Canvas, curves: list[Curve]) -> Canvas:
    """The chart and under it a line for each curve: its look, its name, its area. The page has this as text."""
    whole = Canvas(chart.width, chart.height + 20 * len(curves) + 10, chart.title, list(chart.marks))
    for index, ((color, dash), curve) in enumerate(zip(SERIES, curves, strict=False)):
        row = chart.height + 20 * index + 14
        whole.line([(40, row - 4), (70, row - 4)], color, width=2, dash=dash)
        whole.text((78, row), shortened(curve.name, 28), "ink")
        whole.text((chart.width - 10, row), f"{curve.area:.3f}", "ink", anchor="end")
    return whole


def _without_straights(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same line without the points inside its horizontal and vertical runs, and at most `_MOST_POINTS` of them."""
    level = np.r_[False, (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:]), False]
    upright = np.r_[False, (x[1:-1] == x[:-2]) & (x[1:-1] == x[2:]), False]
    keep = np.flatnonzero(~(level | upright))
    if len(keep) > _MOST_POINTS:
        keep = keep[np.unique(np.linspace(0, len(keep) - 1, _MOST_POINTS).astype(int))]
    return x[keep], y[keep]
