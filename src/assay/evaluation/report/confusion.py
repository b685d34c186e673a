"""Confusion matrix: true classes in rows, predicted ones in columns, counts and shares of the row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.pages.canvas import Canvas, shortened
from assay.pages.numbers import percent
from assay.predictions import IntArray

MOST_LABELLED = 30
MOST_DRAWN = 100
_LETTER = 7.0


@dataclass(frozen=True)
class ConfusedPair:
    """Images of one class that were taken for another.

    Attributes:
        true: the class they are of.
        predicted: the class they were taken for.
        images: how many.
        share: of the images of class `true`.
    """

    true: str
    predicted: str
    images: int
    share: float


def most_confused(confusion: IntArray, class_names: tuple[str, ...], limit: int = 15) -> list[ConfusedPair]:
    """The pairs that are mistaken most often, most first; between equals the one with the larger share of its class.

    Args:
        confusion: [C, C] images, rows are true classes.
        class_names: C names.
        limit: how many at most.
    """
    support = confusion.sum(axis=1)
    pairs = [
        ConfusedPair(class_names[i], class_names[j], int(confusion[i, j]), float(confusion[i, j] / support[i]))
        for i, j in zip(*np.nonzero(confusion), strict=True)
        if i != j
    ]
    return sorted(pairs, key=lambda pair: (-pair.images, -pair.share, pair.true, pair.predicted))[:limit]


def confusion_matrix(confusion: IntArray, class_names: tuple[str, ...]) -> Canvas:
    """Cells shaded by their share of the true class: blue where it is right, orange where it is not.

    Up to 30 classes are labelled and counted; beyond, it is a heat map whose cells say what they are when pointed at.

    Args:
        confusion: [C, C] images, rows are true classes.
        class_names: C names, at most 100.
    """
    classes = len(class_names)
    cell = _cell_size(classes)
    labelled = classes <= MOST_LABELLED
    names = [shortened(name, 18) for name in class_names]
    label = max(map(len, names)) * _LETTER if labelled else 0.0
    turned = labelled and label > cell - 6
    left = max(label + 10, 48.0) if labelled else 48.0
    top = 24 + ((label * 0.7 + 14 if turned else 18) if labelled else 0.0)
    overhang = label * 0.7 - cell / 2 + 8 if turned else 0.0
    canvas = Canvas(
        left + classes * cell + max(overhang, 2.0),
        top + classes * cell + 4,
        f"Confusion matrix of {classes} classes: true classes in rows, predicted classes in columns",
    )
    canvas.text((left, 13), "predicted →", size=12)
    canvas.text((left - 8, top - 7 if labelled else top + 10), "true ↓", size=12, anchor="end")
    if labelled:
        _labels(canvas, names, left, top, cell, turned)
    _cells(canvas, confusion, class_names, left, top, cell)
    return canvas


def _cell_size(classes: int) -> float:
    for most, size in ((4, 72.0), (6, 60.0), (12, 46.0), (20, 32.0), (MOST_LABELLED, 28.0), (MOST_DRAWN, 9.0)):
        if classes <= most:
            return size
    raise ValueError(f"{classes} classes are too many to draw; at most {MOST_DRAWN}")


def _labels(canvas: Canvas, names: list[str], left: float, top: float, cell: float, turned: bool) -> None:
    for index, name in enumerate(names):
        middle = (index + 0.5) * cell
        canvas.text((left - 8, top + middle + 4), name, "ink", size=12, anchor="end")
        if turned:
            canvas.text((left + middle + 2, top - 7), name, "ink", size=12, turn=-45)
        else:
            canvas.text((left + middle, top - 8), name, "ink", size=12, anchor="middle")


def _cells(
    canvas: Canvas, confusion: IntArray, class_names: tuple[str, ...], left: float, top: float, cell: float
) -> None:
    classes = len(class_names)
    support = confusion.sum(axis=1)
    gap = 2.0 if cell >= 28 else 0.5 if cell >= 6 else 0.0
    if classes > MOST_LABELLED:
        canvas.box(left, top, classes * cell, classes * cell, "grid", opacity=0.45)
    for i in range(classes):
        if support[i] == 0 and classes <= MOST_LABELLED:
            canvas.box(left, top + i * cell, classes * cell - gap, cell - gap, "grid", opacity=0.5)
            canvas.text((left + classes * cell / 2, top + (i + 0.5) * cell + 4), "no images", anchor="middle")
            continue
        for j in range(classes):
            images = int(confusion[i, j])
            if images == 0 and classes > MOST_LABELLED:
                continue
            share = images / support[i]
            tip = f"true {class_names[i]}, predicted {class_names[j]}: {images} of {support[i]} ({percent(share)})"
            x, y = left + j * cell, top + i * cell
            _cell(canvas, x, y, cell, gap, images, float(share), i == j, tip)


def _cell(
    canvas: Canvas, x: float, y: float, cell: float, gap: float, images: int, share: float, right: bool, tip: str
) -> None:
    canvas_color = "blue" if right else "orange"
    faintest = 0.06 if cell >= 28 else 0.25
    if images:
        canvas.box(x, y, cell - gap, cell - gap, canvas_color, opacity=faintest + (1 - faintest) * share, tip=tip)
    elif cell >= 28:
        canvas.box(x, y, cell - gap, cell - gap, "grid", opacity=0.35, tip=tip)
    if cell < 28:
        return
    color = "on_fill" if share > 0.7 else "ink" if images else "muted"
    middle, center = x + (cell - gap) / 2, y + (cell - gap) / 2
    if cell >= 44 and images:
        canvas.text(
            (middle, center + 1), f"{images}", color, size=15 if cell >= 60 else 12.5, anchor="middle", bold=True
        )
        canvas.text((middle, center + 15), percent(share), color, size=11, anchor="middle")
    else:
        size = 13.0 if cell >= 44 else 11.0 if images < 1000 else 9.5
        canvas.text((middle, center + 4), f"{images}" if images else "·", color, size=size, anchor="middle")
