"""Figures of a sweep, each in a file of its own; drawn on canvases, for a page and as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.pages.canvas import Canvas, grid
from assay.sweep.figures.front import fronts
from assay.sweep.figures.history import histories
from assay.sweep.figures.importance import importance_bars
from assay.sweep.figures.parallel import parallel
from assay.sweep.figures.slices import slices
from assay.sweep.importance import Importance
from assay.sweep.outcome import Outcomes

__all__ = ["as_pictures", "draw"]

COLUMNS = 4
"""Panels beside each other in a picture of slices."""


def draw(sweep: Outcomes, importances: Sequence[Importance]) -> dict[str, list[Canvas]]:
    """Every figure that can be drawn: front, history, importance, parallel, and slices for each metric."""
    order = list(next((importance.shares for importance in importances if importance.shares), {}))
    whole = parallel(sweep, order)
    figures = {
        "front": fronts(sweep),
        "history": histories(sweep),
        "importance": importance_bars(importances),
        "parallel": [] if whole is None else [whole],
    }
    for index, metric in enumerate(sweep.metrics):
        shares = importances[index].shares if index < len(importances) else None
        name = "slices" if len(sweep.metrics) == 1 else f"slices of {metric}"
        figures[name] = slices(sweep, index, list(shares or order))
    return {name: canvases for name, canvases in figures.items() if canvases}


def as_pictures(figures: Mapping[str, Sequence[Canvas]]) -> dict[str, Canvas]:
    """One canvas for each figure, with its parts in rows; names are those of files."""
    pictures = {}
    for name, canvases in figures.items():
        file = name.replace(" ", "_").replace("/", "_")
        columns = min(COLUMNS if name.startswith("slices") else 2, len(canvases))
        pictures[file] = canvases[0] if len(canvases) == 1 else grid(name, canvases, columns=columns)
    return pictures
