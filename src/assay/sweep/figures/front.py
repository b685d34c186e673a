"""Pareto front: two metrics against each other, and the trials that no other beats in all of them."""

from __future__ import annotations

from itertools import combinations, pairwise

from assay.pages.axes import Axes
from assay.pages.canvas import Canvas, shortened
from assay.pages.marks import Point
from assay.sweep.figures.marks import kind_of, legend, mark
from assay.sweep.figures.scale import MetricRange, room_for, short
from assay.sweep.outcome import Outcomes, TrialOutcome, measured

_LEFT, _TOP, _WIDTH, _HEIGHT = 58.0, 82.0, 420.0, 290.0
_NAMED = 12


def fronts(sweep: Outcomes) -> list[Canvas]:
    """A chart for each pair of metrics; empty with one metric or without a complete trial."""
    if not sweep.of("complete"):
        return []
    return [_front(sweep, first, second) for first, second in combinations(range(len(sweep.metrics)), 2)]


def _front(sweep: Outcomes, first: int, second: int) -> Canvas:
    """The second metric across, the first upwards; the step line encloses what the front beats."""
    across, upward = room_for(sweep, second), room_for(sweep, first)
    assert across is not None
    assert upward is not None
    names = sweep.metrics[first], sweep.metrics[second]
    canvas = Canvas(_LEFT + _WIDTH + 26, _TOP + _HEIGHT + 50, f"Pareto front of {names[0]} and {names[1]}")
    canvas.text((0, 14), "Pareto front", "ink", size=14, bold=True)
    dominated = len(sweep.of("complete")) - len(sweep.best)
    entries = [("best", f"{len(sweep.best)} on the Pareto front"), ("complete", f"{dominated} dominated")]
    legend(canvas, (0, 39), entries[: 2 if dominated else 1])
    canvas.text((0, _TOP - 14), f"{shortened(names[0], 40)}, {_better(sweep, first, '▲', '▼')} better", size=12)
    axes = Axes(canvas, _LEFT, _TOP, _WIDTH, _HEIGHT, across.ends, upward.ends)
    for value in upward.steps:
        canvas.line([(axes.left, axes.y(value)), (axes.right, axes.y(value))], "grid")
        canvas.text((axes.left - 8, axes.y(value) + 4), short(value), size=11, anchor="end")
    for value in across.steps:
        canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
        canvas.text((axes.x(value), axes.bottom + 17), short(value), size=11, anchor="middle")
    middle = (axes.left + axes.right) / 2
    message = f"{shortened(names[1], 40)}, {_better(sweep, second, '▶', '◀')} better"
    canvas.text((middle, axes.bottom + 38), message, size=12, anchor="middle")
    best = sorted((trial for trial in sweep.trials if trial.number in sweep.best), key=lambda t: t.values[second])

    def at(trial: TrialOutcome) -> Point:
        return axes.at(across.clipped(trial.values[second]), upward.clipped(trial.values[first]))

    if len(sweep.metrics) == 2:
        canvas.line(_staircase(sweep, [at(trial) for trial in best]), "green", width=2, dash=(6, 3))
    for trial in sorted(sweep.of("complete"), key=lambda trial: trial.number in sweep.best):
        values = ", ".join(f"{name} {measured(value)}" for name, value in zip(sweep.metrics, trial.values, strict=True))
        mark(canvas, at(trial), kind_of(trial, sweep), tip=f"trial {trial.number}: {values}")
    _name(canvas, [(trial.number, at(trial)) for trial in best], sweep, first, axes)
    _outside(canvas, sweep, (first, upward), (second, across))
    return canvas


def _better(sweep: Outcomes, metric: int, more: str, less: str) -> str:
    return f"{more} higher is" if sweep.directions[metric] == "maximize" else f"{less} lower is"


def _staircase(sweep: Outcomes, points: list[Point]) -> list[Point]:
    """From point to point along the edge of what they beat: the worse of the two in each metric lies in the corner."""
    stairs = points[:1]
    rising = sweep.directions[1] == "maximize"
    for (x, y), (further, height) in pairwise(points):
        stairs.append((x, height) if rising else (further, y))
        stairs.append((further, height))
    return stairs


def _name(canvas: Canvas, points: list[tuple[int, Point]], sweep: Outcomes, first: int, axes: Axes) -> None:
    """Trial numbers beside the points of the front, as far as there is room between them."""
    shift = -11 if sweep.directions[first] == "maximize" else 20
    taken: list[Point] = []
    for number, (x, y) in points if len(points) <= _NAMED else points[:: -(-len(points) // _NAMED)]:
        if all(abs(x - other) > 26 or abs(y - row) > 14 for other, row in taken):
            taken.append((x, y))
            canvas.text((min(x, axes.right - 8), y + shift), str(number), "ink", size=11.5, anchor="middle", bold=True)


def _outside(canvas: Canvas, sweep: Outcomes, *shown: tuple[int, MetricRange]) -> None:
    outside = sum(
        any(room.beyond_edge(trial.values[metric]) for metric, room in shown) for trial in sweep.of("complete")
    )
    if outside:
        message = f"{outside} far worse trial{' is' if outside == 1 else 's are'} drawn at the edge"
        canvas.text((canvas.width - 26, 14), message, size=11, anchor="end")
