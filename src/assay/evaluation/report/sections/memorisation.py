"""What each class gained from having been trained on: recall on train and val, and the draws of its images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.memorisation import MARGIN, ClassMemorisation, MemorisationEvidence
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.pages.axes import FIFTHS, Axes
from assay.pages.canvas import Canvas, shortened
from assay.pages.numbers import interval, shown
from assay.pages.svg import to_svg

MOST_CLASSES = 20
ROW = 24.0


def _values(subject: Subject) -> Mapping[str, Any] | None:
    evidence = subject.evidence.memorisation
    if evidence is None:
        return None
    rows, left_out = rows_to_show(evidence)
    return {
        "memorisation": evidence,
        "rows": rows,
        "left_out": left_out,
        "margin": MARGIN,
        "chart": to_svg(gap_chart(rows)),
    }


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    evidence = subject.evidence.memorisation
    return {} if evidence is None else {"memorisation": gap_chart(rows_to_show(evidence)[0])}


def rows_to_show(evidence: MemorisationEvidence) -> tuple[list[ClassMemorisation], int]:
    """All classes in their order; of many, those with the largest gap, and how many are left out."""
    if len(evidence.classes) <= MOST_CLASSES:
        return list(evidence.classes), 0
    largest = sorted(
        evidence.classes, key=lambda row: -(-1.0 if row.recall_gap.value is None else row.recall_gap.value)
    )
    return largest[:MOST_CLASSES], len(evidence.classes) - MOST_CLASSES


def gap_chart(rows: list[ClassMemorisation]) -> Canvas:
    """Recall of each class on train and on val, with a line between them."""
    label = max((len(shortened(row.name, 22)) for row in rows), default=4) * 7.0 + 12
    canvas = Canvas(
        label + 270, 92 + ROW * len(rows), "Recall of each class on the images it was trained on and on others"
    )
    canvas.dot((label, 14), "ochre", radius=4)
    canvas.text((label + 8, 18), "trained on")
    canvas.dot((label + 92, 14), "blue", radius=4)
    canvas.text((label + 100, 18), "val, with its interval")
    axes = Axes(canvas, label, 32, 250, ROW * len(rows))
    axes.columns(FIFTHS, "recall")
    for value in FIFTHS:
        canvas.line([axes.at(value, 0), axes.at(value, 1)], "grid")
    for number, row in enumerate(rows):
        height = axes.top + ROW * number + ROW / 2
        canvas.text((label - 8, height + 4), shortened(row.name, 22), "ink", anchor="end", bold=row.memorised)
        _marks(axes, height, row)
    return canvas


def _marks(axes: Axes, height: float, row: ClassMemorisation) -> None:
    train, val = row.train_recall, row.val_recall
    canvas = axes.canvas
    if train.value is not None and val.value is not None:
        ends = [(axes.x(value), height) for value in (val.value, train.value)]
        canvas.line(ends, "orange" if row.memorised else "muted", width=3 if row.memorised else 1)
    if val.low is not None and val.high is not None:
        canvas.line([(axes.x(val.low), height + 6), (axes.x(val.high), height + 6)], "blue", width=1.4)
    for measured, where, color in ((train, "trained on", "ochre"), (val, "val", "blue")):
        if measured.value is not None:
            tip = f"{row.name}, {where}: {shown(measured.value)} ({interval(measured)}), n = {measured.n}"
            canvas.dot((axes.x(measured.value), height), color, radius=4, tip=tip)


SECTION = Section("memorisation", "Memorisation", _values, _figures)
