"""Per-class bars: precision, recall and F1 of each class with their intervals."""

from __future__ import annotations

from assay.evaluation.evidence import ClassEvidence, Evidence
from assay.measurement import Measurement
from assay.pages.axes import Axes
from assay.pages.canvas import Canvas, shortened

MOST_SHOWN = 20
MOST_FOLDED = 480
COLUMNS = ("precision", "recall", "f1")
TITLES = {"precision": "precision", "recall": "recall", "f1": "F1"}
_ROW = 26.0
_PANEL = 150.0
_TOP = 52.0


def classes_to_show(evidence: Evidence) -> tuple[list[ClassEvidence], list[ClassEvidence]]:
    """The classes to look at and the ones to fold away.

    Grades stay in their order; other classes come worst F1 first, those without an F1 last. Of more than 20 classes the
    20 worst are shown, in that same order, and at most 480 folded.
    """
    rows = list(evidence.per_class)
    worst_first = sorted(rows, key=lambda row: (row.f1.value is None, row.f1.value or 0.0))
    shown = worst_first[:MOST_SHOWN]
    if evidence.ordered:
        shown = [row for row in rows if row in shown]
        return shown, [row for row in rows if row not in shown][:MOST_FOLDED]
    return shown, worst_first[MOST_SHOWN : MOST_SHOWN + MOST_FOLDED]


def per_class_bars(evidence: Evidence) -> Canvas:
    """A row per class, a panel each for precision, recall and F1, a dot with its interval in each."""
    shown, _ = classes_to_show(evidence)
    names = [f"{shortened(row.name, 24)} ({row.support})" for row in shown]
    left = max(map(len, names), default=0) * 7.0 + 14
    bottom = _TOP + len(shown) * _ROW
    canvas = Canvas(left + 3 * _PANEL, bottom + 44, "Precision, recall and F1 of each class with their intervals")
    canvas.text((0, 14), _headline(len(shown), len(evidence.per_class)), "ink", size=13, bold=True)
    for column, key in enumerate(COLUMNS):
        axes = Axes(canvas, left + column * _PANEL + 8, _TOP, _PANEL - 24, bottom - _TOP, y_range=(0, 1))
        canvas.text((axes.left, _TOP - 12), TITLES[key], "ink", size=12, bold=True)
        for value in (0.0, 0.5, 1.0):
            canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
        axes.columns((0.0, 0.5, 1.0))
        for index, row in enumerate(shown):
            _whisker(axes, getattr(row, key), _TOP + (index + 0.5) * _ROW)
    for index, name in enumerate(names):
        canvas.text((left - 6, _TOP + (index + 0.5) * _ROW + 4), name, "ink", size=12, anchor="end")
    return canvas


def _headline(shown: int, classes: int) -> str:
    return f"The {shown} classes with the lowest F1 of {classes}" if shown < classes else "Class (images)"


def _whisker(axes: Axes, measured: Measurement, row: float) -> None:
    if measured.value is None:
        axes.canvas.text((axes.left, row + 4), "—", size=12)
        return
    if measured.low is not None and measured.high is not None:
        axes.canvas.line([(axes.x(measured.low), row), (axes.x(measured.high), row)], "blue", width=3.2)
    axes.canvas.dot((axes.x(measured.value), row), "blue", radius=3.5, tip=str(measured))
