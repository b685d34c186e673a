"""Optimisation history: every trial in the order it was begun, and the best so far."""

from __future__ import annotations

from assay.pages.axes import Axes, nice_steps
from assay.pages.canvas import Canvas, shortened
from assay.pages.marks import Point
from assay.sweep.figures.marks import height_of, kind_of, legend, mark, tip_of
from assay.sweep.figures.scale import beyond_words, room_for, short
from assay.sweep.outcome import Outcomes, measured

_LEFT, _TOP, _WIDTH, _HEIGHT, _STRIP = 52.0, 66.0, 510.0, 230.0, 22.0
_SPARE = 0.09
"""Room for the name of the best trial, as a share of the scale."""


def histories(sweep: Outcomes) -> list[Canvas]:
    """A chart for each metric."""
    return [_history(sweep, index) for index in range(len(sweep.metrics))]


def _history(sweep: Outcomes, index: int) -> Canvas:
    metric, room = sweep.metrics[index], room_for(sweep, index)
    stripped = [trial for trial in sweep.of("pruned", "failed") if height_of(trial, sweep, index) is None]
    strip = _STRIP if stripped else 0.0
    canvas = Canvas(_LEFT + _WIDTH + 12, _TOP + _HEIGHT + strip + 62, f"History of the sweep: {metric} of each trial")
    canvas.text((0, 14), f"{shortened(metric, 44)} of each trial", "ink", size=14, bold=True)
    _keys(canvas, sweep)
    last = max((trial.number for trial in sweep.trials), default=0)
    steps = room.steps if room else (0.0, 1.0)
    spare = _SPARE * (steps[-1] - steps[0]) if len(sweep.best) == 1 else 0.0
    ends = (steps[0], steps[-1] + spare) if sweep.directions[index] == "maximize" else (steps[0] - spare, steps[-1])
    axes = Axes(canvas, _LEFT, _TOP, _WIDTH, _HEIGHT, (-0.6, last + 0.6), ends)
    _rows(axes, steps)
    bottom = axes.bottom + strip
    for number in _numbers(last):
        canvas.text((axes.x(number), bottom + 17), f"{number:g}", size=11, anchor="middle")
    canvas.text(((axes.left + axes.right) / 2, bottom + 36), "trial", size=12, anchor="middle")
    if room is None:
        canvas.text((axes.left + axes.width / 2, axes.top + axes.height / 2), "no trial has a value", anchor="middle")
    else:
        if outliers := beyond_words(sweep, index, room):
            canvas.text((axes.right, bottom + 54), outliers, size=11, anchor="end")
        _best_so_far(axes, sweep, index)
        for trial in sorted(sweep.trials, key=lambda trial: kind_of(trial, sweep) == "best"):
            height = height_of(trial, sweep, index)
            if height is not None:
                at = axes.at(trial.number, room.clipped(height))
                mark(canvas, at, room.beyond_edge(height) or kind_of(trial, sweep), tip=tip_of(trial, metric, index))
    for trial in stripped:
        mark(canvas, (axes.x(trial.number), axes.bottom + 12), trial.state, tip=tip_of(trial, metric, index))
    if len(sweep.best) == 1 and room is not None:
        _name_best(axes, sweep, index)
    return canvas


def _keys(canvas: Canvas, sweep: Outcomes) -> None:
    single = len(sweep.best) <= 1
    entries = [("best", "best" if single else f"{len(sweep.best)} on the Pareto front")] if sweep.best else []
    complete = len(sweep.of("complete"))
    entries += [("complete", f"{complete} complete")] if complete else []
    reported = " (last report)" if any(height_of(trial, sweep, 0) is not None for trial in sweep.of("pruned")) else ""
    if pruned := len(sweep.of("pruned")):
        entries.append(("pruned", f"{pruned} pruned{reported}"))
    if failed := len(sweep.of("failed")):
        entries.append(("failed", f"{failed} failed"))
    legend(canvas, (0, 40), entries)
    if complete > 1:
        canvas.line([(_LEFT + _WIDTH - 92, 36), (_LEFT + _WIDTH - 66, 36)], "green", width=2)
        canvas.text((_LEFT + _WIDTH - 60, 40), "best so far", "ink", size=11.5)


def _rows(axes: Axes, steps: tuple[float, ...]) -> None:
    for value in steps:
        row = axes.y(value)
        axes.canvas.line([(axes.left, row), (axes.right, row)], "grid")
        axes.canvas.text((axes.left - 8, row + 4), short(value), size=11, anchor="end")


def _best_so_far(axes: Axes, sweep: Outcomes, index: int) -> None:
    """A staircase over the complete trials."""
    better = max if sweep.directions[index] == "maximize" else min
    points: list[Point] = []
    best: float | None = None
    for trial in sweep.of("complete"):
        value = trial.values[index]
        known = value if best is None else better(best, value)
        if best is not None and known != best:
            points.append(_inside(axes, trial.number, best))
        if known != best:
            points.append(_inside(axes, trial.number, known))
        best = known
    if best is not None and len(sweep.of("complete")) > 1:
        points.append(_inside(axes, sweep.trials[-1].number, best))
        axes.canvas.line(points, "green", width=2, tip=f"best so far; in the end {measured(best)}")


def _inside(axes: Axes, number: float, value: float) -> Point:
    low, high = axes.y_range
    return axes.at(number, min(max(value, low), high))


def _name_best(axes: Axes, sweep: Outcomes, index: int) -> None:
    trial = next(trial for trial in sweep.trials if trial.number == sweep.best[0])
    x, y = axes.at(trial.number, trial.values[index])
    high = sweep.directions[index] == "maximize"
    left_half = x < (axes.left + axes.right) / 2
    row = y - 11 if high else y + 20
    words = f"trial {trial.number}: {measured(trial.values[index])}"
    start = x - 8 if left_half else x + 8
    axes.canvas.text((start, row), words, "ink", size=12, anchor="start" if left_half else "end", bold=True)


def _numbers(last: int) -> list[float]:
    if last <= 10:
        return [float(number) for number in range(last + 1)]
    return [step for step in nice_steps(0, last, about=6) if step <= last and float(step).is_integer()]
