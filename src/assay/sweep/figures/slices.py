"""Slices: a metric against each variable by itself, with the median of the trials in each part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from assay.pages.axes import Axes
from assay.pages.canvas import Canvas, shortened
from assay.sweep.figures.marks import height_of, kind_of, mark, tip_of
from assay.sweep.figures.scale import MetricRange, room_for, share, short, ticks
from assay.sweep.outcome import Outcomes, TrialOutcome, Variable, measured, word

_WIDTH, _LEFT, _TOP, _PLOT, _HEIGHT, _STRIP = 262.0, 44.0, 50.0, 210.0, 150.0, 18.0
_PARTS, _LEAST = 5, 3
_TURNED = 17


def slices(sweep: Outcomes, metric: int = 0, order: Sequence[str] = ()) -> list[Canvas]:
    """A panel for each variable; empty when no trial has a value.

    Args:
        sweep: the trials.
        metric: index of the one that is shown.
        order: names of variables, those that matter most first; others follow.
    """
    room = room_for(sweep, metric, about=4)
    if room is None:
        return []
    names = {name: index for index, name in enumerate(order)}
    variables = sorted(sweep.variables, key=lambda variable: names.get(variable.name, len(names)))
    return [_panel(sweep, metric, room, variable) for variable in variables]


def _panel(sweep: Outcomes, metric: int, room: MetricRange, variable: Variable) -> Canvas:
    trials = [trial for trial in sweep.of("complete", "pruned", "failed") if variable.name in trial.point]
    any_strip = any(height_of(trial, sweep, metric) is None for trial in sweep.of("pruned", "failed"))
    strip = _STRIP if any_strip else 0.0
    title = f"{sweep.metrics[metric]} against {variable.name}"
    canvas = Canvas(_WIDTH, _TOP + _HEIGHT + strip + _depth(variable), title)
    canvas.text((0, 14), shortened(variable.name, 34), "ink", size=13, bold=True)
    complete = len(sweep.of("complete"))
    had = sum(trial.state == "complete" for trial in trials)
    scale = "log scale · " if variable.log else ""
    beside = f"{scale}{sweep.metrics[metric]}" if had == complete else f"set in {had} of {complete} complete trials"
    canvas.text((0, 31), shortened(beside, 40), size=11.5)
    axes = Axes(canvas, _LEFT, _TOP, _PLOT, _HEIGHT, (-0.05, 1.05), room.ends)
    for value in room.steps:
        row = axes.y(value)
        canvas.line([(axes.left, row), (axes.right, row)], "grid")
        canvas.text((axes.left - 6, row + 4), short(value), size=11, anchor="end")
    _ticks(axes, variable, axes.bottom + strip)
    places = _places(variable, trials)
    best = [trial for trial in trials if trial.number in sweep.best]
    _trials(axes, sweep, metric, room, variable, places, [trial for trial in trials if trial not in best])
    _medians(axes, variable, room, [trial for trial in trials if trial.state == "complete"], metric)
    _trials(axes, sweep, metric, room, variable, places, best)
    if not trials:
        canvas.text(((axes.left + axes.right) / 2, axes.top + 70), "in no trial that ended", anchor="middle")
    return canvas


def _trials(
    axes: Axes,
    sweep: Outcomes,
    metric: int,
    room: MetricRange,
    variable: Variable,
    places: Mapping[int, float],
    trials: Sequence[TrialOutcome],
) -> None:
    """A mark for each trial; those without a value in a strip under the axis."""
    for trial in trials:
        tip = tip_of(trial, sweep.metrics[metric], metric, beside=f" at {word(trial.point[variable.name])}")
        height, x = height_of(trial, sweep, metric), axes.x(places[trial.number])
        row = axes.bottom + 10 if height is None else axes.y(room.clipped(height))
        kind = (room.beyond_edge(height) if height is not None else "") or kind_of(trial, sweep)
        mark(axes.canvas, (x, row), kind, tip=tip, radius=3.2)


def _places(variable: Variable, trials: Sequence[TrialOutcome]) -> dict[int, float]:
    """Where trials stand; those of one option beside each other, in the order they were made."""
    positions = {trial.number: share(variable, trial.point[variable.name]) for trial in trials}
    if not variable.options:
        return positions
    together: dict[float, list[int]] = defaultdict(list)
    for number, position in positions.items():
        together[position].append(number)
    for center, numbers in together.items():
        band = min(0.62 / len(variable.options), 0.03 * len(numbers))
        for index, number in enumerate(numbers):
            positions[number] = center + band * ((index + 0.5) / len(numbers) - 0.5)
    return positions


def _medians(axes: Axes, variable: Variable, room: MetricRange, trials: Sequence[TrialOutcome], metric: int) -> None:
    """A bar at the median of each option, or of each fifth of a scale, where there are enough trials."""
    parts = len(variable.options) or _PARTS
    groups: dict[int, list[float]] = defaultdict(list)
    for trial in trials:
        index = min(int(share(variable, trial.point[variable.name]) * parts), parts - 1)
        groups[index].append(trial.values[metric])
    for index, values in groups.items():
        if len(values) < _LEAST:
            continue
        row = axes.y(room.clipped(median(values)))
        inset = 0.12 / parts
        ends = [(axes.x(index / parts + inset), row), (axes.x((index + 1) / parts - inset), row)]
        axes.canvas.line(ends, "surface", width=5)
        option = variable.options[index] if variable.options else "this part of the scale"
        axes.canvas.line(
            ends, "ink", width=2.4, tip=f"median of {len(values)} trials, {option}: {measured(median(values))}"
        )


def _turns(variable: Variable) -> bool:
    """Whether the words of the options are too long to stand beside each other."""
    return any(len(option) * 6.4 > _PLOT / len(variable.options) - 6 for option in variable.options)


def _depth(variable: Variable) -> float:
    if variable.options and _turns(variable):
        return 20 + max(len(shortened(option, _TURNED)) for option in variable.options) * 4.6
    return 24.0


def _ticks(axes: Axes, variable: Variable, row: float) -> None:
    turned = bool(variable.options) and _turns(variable)
    for position, label in ticks(variable):
        x = axes.x(position)
        axes.canvas.line([(x, row), (x, row + 4)], "muted")
        if turned:
            words = shortened(label, _TURNED)
            axes.canvas.text((x + 4, row + 14), words, "ink", size=11, anchor="end", turn=-38)
        else:
            colour = "ink" if variable.options else "muted"
            axes.canvas.text((x, row + 17), label, colour, size=11, anchor="middle")
