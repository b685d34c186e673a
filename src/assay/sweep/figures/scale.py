"""Scales: where a value of a variable lies between its ends, and which part of a metric is worth its room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from assay.pages.axes import nice_steps
from assay.sweep.figures.marks import height_of
from assay.sweep.outcome import Outcomes, Variable, word, worst_worth_room


def share(variable: Variable, value: Any) -> float:
    """Where a value lies from the low end, 0, to the high end, 1; an option in the middle of its place."""
    if variable.options:
        return (variable.options.index(word(value)) + 0.5) / len(variable.options)
    if variable.low == variable.high:
        return 0.5
    if variable.log:
        low, high, at = math.log(variable.low), math.log(variable.high), math.log(float(value))
    else:
        low, high, at = variable.low, variable.high, float(value)
    return min(max((at - low) / (high - low), 0.0), 1.0)


def ticks(variable: Variable, *, about: int = 4) -> list[tuple[float, str]]:
    """Places and words of a few round values, or of every option."""
    if variable.options:
        return [((index + 0.5) / len(variable.options), option) for index, option in enumerate(variable.options)]
    if variable.low == variable.high:
        return [(0.5, word(variable.low))]
    values = _powers(variable, about) if variable.log else _steps(variable, about)
    return [(share(variable, value), short(value)) for value in values]


def short(value: float) -> str:
    """A number for a tick: `0.001`, `1e-5`, `250`."""
    if value and (abs(value) < 0.001 or abs(value) >= 1e5):
        mantissa, _, power = f"{value:.2g}".partition("e")
        if not power:
            mantissa, _, power = f"{value:.1e}".partition("e")
        return f"{float(mantissa):g}e{int(power)}"
    return f"{value:.4g}"


def _steps(variable: Variable, about: int) -> list[float]:
    steps = nice_steps(variable.low, variable.high, about=about)
    inside = [step for step in steps if variable.low - 1e-9 <= step <= variable.high + 1e-9]
    return inside if len(inside) > 1 else [variable.low, variable.high]


def _powers(variable: Variable, about: int) -> list[float]:
    first, last = math.ceil(math.log10(variable.low) - 1e-9), math.floor(math.log10(variable.high) + 1e-9)
    powers = [10.0**power for power in range(first, last + 1)]
    if len(powers) > 1:
        return powers[:: max(1, math.ceil(len(powers) / (about + 1)))]
    finer = [factor * 10.0**power for power in range(first - 1, last + 1) for factor in (1, 2, 5)]
    inside = [value for value in finer if variable.low <= value <= variable.high]
    return inside if len(inside) > 1 else [variable.low, variable.high]


@dataclass(frozen=True)
class MetricRange:
    """The part of a metric that a figure shows.

    Attributes:
        steps: round values; the first and last are the ends of the scale.
        beyond: how many trials lie outside, all to the bad side.
    """

    steps: tuple[float, ...]
    beyond: int

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and highest value."""
        return self.steps[0], self.steps[-1]

    def clipped(self, value: float) -> float:
        """The value, or the end that is nearest."""
        return min(max(value, self.steps[0]), self.steps[-1])

    def beyond_edge(self, value: float) -> str:
        """Where a value lies that is outside: "above" or "below"; "" inside."""
        return "below" if value < self.steps[0] else "above" if value > self.steps[-1] else ""


def room_for(sweep: Outcomes, metric: int, *, about: int = 5) -> MetricRange | None:
    """The scale of a metric: all values, but for those so bad that the rest would be a line; None without any."""
    heights = [height_of(trial, sweep, metric) for trial in sweep.trials]
    values = [height for height in heights if height is not None]
    if not values:
        return None
    direction = sweep.directions[metric]
    worst = worst_worth_room(values, direction)
    low, high = (worst, max(values)) if direction == "maximize" else (min(values), worst)
    steps = tuple(nice_steps(low, high, about=about))
    return MetricRange(steps, sum(not steps[0] <= value <= steps[-1] for value in values))


def beyond_words(sweep: Outcomes, metric: int, room: MetricRange) -> str:
    """How many trials are drawn at the edge of the scale; "" when none is."""
    if not room.beyond:
        return ""
    edge, side = (room.steps[0], "below") if sweep.directions[metric] == "maximize" else (room.steps[-1], "above")
    return f"{room.beyond} trial{' is' if room.beyond == 1 else 's are'} {side} {short(edge)}, drawn at the edge"
