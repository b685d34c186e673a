"""Parallel coordinates: each trial a line through its value and its point, the best ones on top."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.pages.canvas import Canvas, shortened
from assay.pages.marks import Point
from assay.sweep.figures.scale import MetricRange, room_for, share, short, ticks
from assay.sweep.outcome import Outcomes, TrialOutcome, Variable, measured, word

_TOP, _HEIGHT, _ROW = 84.0, 270.0, 20.0
_BAND = 0.66
LOOKS: Mapping[str, tuple[str, float, float, tuple[float, ...]]] = {
    "failed": ("orange", 1.0, 0.55, (1.5, 3)),
    "pruned": ("purple", 1.0, 0.6, (5, 3)),
    "complete": ("muted", 1.0, 0.4, ()),
    "upper": ("blue", 1.8, 0.9, ()),
    "best": ("green", 3.2, 1.0, ()),
}
"""Colour, width, opacity and dash of the lines, in the order in which they are drawn."""


@dataclass(frozen=True)
class _Column:
    """One vertical axis: where it stands, and how high each trial crosses it."""

    title: str
    ticks: Sequence[tuple[float, str]]
    words: bool
    heights: Mapping[int, float]
    missing: str


def parallel(sweep: Outcomes, order: Sequence[str] = ()) -> Canvas | None:
    """The chart; None without a trial that ended.

    The metric stands on the left, beside it the variables in the given order; options have a place each, in which the
    lines are spread by how good their trial is.

    Args:
        sweep: the trials.
        order: names of variables, those that matter most first; others follow.
    """
    trials = sweep.of("complete", "pruned", "failed")
    if not trials:
        return None
    ranks = _ranks(sweep, trials)
    names = {name: index for index, name in enumerate(order)}
    variables = sorted(sweep.variables, key=lambda variable: names.get(variable.name, len(names)))
    columns = [_metric_column(sweep, trials, index) for index in range(len(sweep.metrics))]
    columns += [_variable_column(variable, trials, ranks) for variable in variables]
    gap = min(max(1000 / len(columns), 116.0), 200.0)
    left = 62.0
    rows = any(column.missing for column in columns)
    depth = _TOP + _HEIGHT + (_ROW * 2 if rows else 0) + 12
    right = max([_room_right(columns[-1]), 50.0])
    canvas = Canvas(0, depth, "Parallel coordinates: the point of every trial")
    canvas.text((0, 14), "Value and point of every trial", "ink", size=14, bold=True)
    kinds = {trial.number: _kind(trial, sweep, ranks) for trial in trials}
    keys = _keys(canvas, sweep, list(kinds.values()))
    canvas.width = max(left + gap * (len(columns) - 1) + right, keys, 310.0)
    places = [left + gap * index for index in range(len(columns))]
    for kind, (colour, width, opacity, dash) in LOOKS.items():
        for trial in trials:
            if kinds[trial.number] == kind:
                points = [_at(column, x, trial) for column, x in zip(columns, places, strict=True)]
                tip = _tip(trial, sweep)
                canvas.line(points, colour, width=width, dash=dash, tip=tip, opacity=opacity)
                for point in points if kind == "best" else ():
                    canvas.dot(point, colour, radius=4.6, tip=tip)
    for column, x in zip(columns, places, strict=True):
        _axis(canvas, column, x, gap)
    return canvas


def _ranks(sweep: Outcomes, trials: Sequence[TrialOutcome]) -> dict[int, int]:
    """Place of each trial, the best at 0; those without a value behind."""
    ranked = [*sweep.ranked(), *(trial for trial in trials if trial.state != "complete")]
    return {trial.number: index for index, trial in enumerate(ranked)}


def _kind(trial: TrialOutcome, sweep: Outcomes, ranks: Mapping[int, int]) -> str:
    if trial.number in sweep.best:
        return "best"
    if trial.state == "complete" and len(sweep.metrics) == 1 and ranks[trial.number] < upper_tenth(sweep):
        return "upper"
    return trial.state


def upper_tenth(sweep: Outcomes) -> int:
    """How many trials are the best tenth."""
    return math.ceil(len(sweep.of("complete")) / 10)


def _metric_column(sweep: Outcomes, trials: Sequence[TrialOutcome], index: int) -> _Column:
    room = room_for(sweep, index) or MetricRange((0.0, 1.0), 0)
    low, high = room.ends
    heights = {
        trial.number: (room.clipped(trial.values[index]) - low) / (high - low)
        for trial in trials
        if trial.state == "complete"
    }
    marks = [((step - low) / (high - low), short(step)) for step in room.steps]
    missing = "/".join(state for state in ("pruned", "failed") if sweep.of(state))
    return _Column(sweep.metrics[index], marks, False, heights, "no value" if missing else "")


def _variable_column(variable: Variable, trials: Sequence[TrialOutcome], ranks: Mapping[int, int]) -> _Column:
    having = [trial for trial in trials if variable.name in trial.point]
    heights = {trial.number: share(variable, trial.point[variable.name]) for trial in having}
    if variable.options:
        together: dict[float, list[int]] = defaultdict(list)
        for trial in sorted(having, key=lambda trial: -ranks[trial.number]):
            together[heights[trial.number]].append(trial.number)
        band = _BAND / len(variable.options)
        for center, numbers in together.items():
            for index, number in enumerate(numbers):
                heights[number] = center + band * ((index + 0.5) / len(numbers) - 0.5)
    missing = "not set" if len(having) < len(trials) else ""
    return _Column(variable.name, ticks(variable, about=5), bool(variable.options), heights, missing)


def _at(column: _Column, x: float, trial: TrialOutcome) -> Point:
    height = column.heights.get(trial.number)
    if height is None:
        return x, _TOP + _HEIGHT + _ROW
    return x, _TOP + (1 - height) * _HEIGHT


def _axis(canvas: Canvas, column: _Column, x: float, gap: float) -> None:
    canvas.line([(x, _TOP), (x, _TOP + _HEIGHT)], "ink", width=1.2)
    group, _, key = column.title.rpartition("." if "/" not in column.title else "/")
    limit = int(gap / 6.9)
    canvas.text((x, _TOP - 29), shortened(group, limit), size=11, anchor="middle")
    canvas.text((x, _TOP - 14), shortened(key, limit), "ink", size=12, anchor="middle", bold=True)
    for height, label in column.ticks:
        row = _TOP + (1 - height) * _HEIGHT
        canvas.line([(x - 4, row), (x + 4, row)], "ink", width=1.2)
        _label(canvas, (x + 8, row), shortened(label, int((gap - 18) / 6.0)), "ink" if column.words else "muted")
    if column.missing:
        _label(canvas, (x + 8, _TOP + _HEIGHT + _ROW + 8), column.missing, "muted")


def _label(canvas: Canvas, at: Point, text: str, colour: str) -> None:
    """Text with the background's colour behind it, for it stands on lines."""
    x, y = at
    canvas.box(x - 2, y - 7, len(text) * 6.2 + 4, 14, "surface", opacity=0.8)
    canvas.text((x, y + 4), text, colour, size=11)


def _room_right(column: _Column) -> float:
    longest = max((len(shortened(label, 20)) for _, label in column.ticks), default=0)
    return max(longest * 6.2 + 16, len(column.title.rpartition(".")[2]) * 3.8 + 4)


def _keys(canvas: Canvas, sweep: Outcomes, kinds: Sequence[str]) -> float:
    """What the looks of lines mean; gives the width that this takes."""
    words = {
        "best": "best" if len(sweep.best) == 1 else "Pareto front",
        "upper": "best tenth",
        "complete": "other complete",
        "pruned": "pruned",
        "failed": "failed",
    }
    x = 0.0
    for kind in (kind for kind in words if kind in kinds):
        colour, width, _, dash = LOOKS[kind]
        canvas.line([(x, 33), (x + 26, 33)], colour, width=width, dash=dash)
        canvas.text((x + 32, 37), words[kind], "ink", size=11.5)
        x += 32 + len(words[kind]) * 6.1 + 18
    return x


def _tip(trial: TrialOutcome, sweep: Outcomes) -> str:
    values = ", ".join(f"{name} {measured(value)}" for name, value in zip(sweep.metrics, trial.values, strict=False))
    point = " ".join(f"{name}={word(value)}" for name, value in trial.point.items())
    return f"trial {trial.number}, {values or trial.state}: {point}"
