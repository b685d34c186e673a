"""Marks for trials: each way to end has a shape and a colour of its own, the same in every figure."""

from __future__ import annotations

from collections.abc import Sequence

from assay.pages.canvas import Canvas
from assay.pages.marks import Point
from assay.sweep.outcome import Outcomes, TrialOutcome, measured

COLOURS = {
    "complete": "blue",
    "pruned": "purple",
    "failed": "orange",
    "best": "green",
    "above": "blue",
    "below": "blue",
}


def mark(canvas: Canvas, at: Point, kind: str, *, tip: str = "", radius: float = 3.6) -> None:
    """Draw a trial: a dot when it is complete, a hollow diamond pruned, a cross failed, a square best.

    A triangle points to a value beyond the edge of the figure.
    """
    x, y = at
    colour = COLOURS[kind]
    if kind == "complete":
        canvas.dot(at, colour, radius=radius, tip=tip)
    elif kind == "failed":
        for turn in (-1, 1):
            ends = [(x - radius + 0.4, y - turn * (radius - 0.4)), (x + radius - 0.4, y + turn * (radius - 0.4))]
            canvas.line(ends, colour, width=1.6, tip=tip)
    elif kind in ("above", "below"):
        way = -1 if kind == "above" else 1
        tip_end, base = (x, y + way * (radius + 1.5)), y - way * radius
        canvas.area([tip_end, (x + radius + 1, base), (x - radius - 1, base)], colour, tip=tip)
    elif kind == "pruned":
        canvas.area(_diamond(x, y, radius + 1.2), colour, tip=tip)
        canvas.area(_diamond(x, y, radius - 0.7), "surface", tip=tip)
    else:
        canvas.area(_square(x, y, radius + 3.2), "surface", tip=tip)
        canvas.area(_square(x, y, radius + 1.8), colour, tip=tip)


def legend(canvas: Canvas, at: Point, entries: Sequence[tuple[str, str]]) -> None:
    """A row of marks with their words, from left to right."""
    x, y = at
    for kind, words in entries:
        mark(canvas, (x + 7, y - 4), kind, radius=3.4)
        canvas.text((x + 17, y), words, "ink", size=11.5)
        x += 17 + len(words) * 6.1 + 16


def tip_of(trial: TrialOutcome, metric: str, index: int, *, beside: str = "") -> str:
    """What a mark says when one points at it."""
    message = f"trial {trial.number}{beside}: "
    if trial.state == "complete":
        return f"{message}{metric} {measured(trial.values[index])}"
    if trial.state == "pruned":
        at = f", {metric} {measured(trial.last)} at that time" if trial.last is not None else ""
        return f"{message}pruned after {trial.epochs} epoch{'' if trial.epochs == 1 else 's'}{at}"
    return f"{message}failed, {trial.error.splitlines()[0][:160] if trial.error else 'unknown'}"


def kind_of(trial: TrialOutcome, sweep: Outcomes) -> str:
    """The mark of a trial."""
    return "best" if trial.number in sweep.best else trial.state


def height_of(trial: TrialOutcome, sweep: Outcomes, index: int) -> float | None:
    """The value at which a trial is drawn: its own, or a pruned trial's last report; None for one without."""
    if trial.state == "complete":
        return trial.values[index]
    return trial.last if trial.state == "pruned" and len(sweep.metrics) == 1 else None


def _diamond(x: float, y: float, radius: float) -> list[Point]:
    return [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]


def _square(x: float, y: float, half: float) -> list[Point]:
    return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
