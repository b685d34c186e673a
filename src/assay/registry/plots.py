"""Plots of a verdict: for each check where its numbers lie, how sure they are, and the bound, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.evaluation.measurement import Measurement
from assay.registry.verdict import CheckResult, Part
from assay.studies.decision.metric import number

ROOM = 0.08


@dataclass(frozen=True)
class Row:
    """One number on the scale of its check; places are per cent from its left end, None where there is none.

    Attributes:
        of: what it is about, "" for all.
        passed: whether it keeps the bound.
        value, low, high: places.
        said: the numbers as one reads them.
        lack: by how much the bound is missed, as one reads it; "" where it is kept, or nobody knows.
    """

    of: str
    passed: bool
    value: float | None
    low: float | None
    high: float | None
    said: str
    lack: str


@dataclass(frozen=True)
class Plot:
    """The numbers of one check.

    Attributes:
        bound: its place.
        bound_said: as one reads it.
        rows: the numbers.
    """

    bound: float | None
    bound_said: str
    rows: tuple[Row, ...]


def plot(check: CheckResult, metric: str = "") -> Plot | None:
    """The plot of a check that has looked at numbers; None for others.

    Args:
        check: what it found.
        metric: for its unit.
    """
    if not check.parts:
        return None
    ends = [end for part in check.parts for end in _ends(part.measured)]
    if not ends:
        return Plot(None, "", tuple(_row(part, (0.0, 1.0), metric) for part in check.parts))
    ends += [] if check.bound is None else [check.bound]
    low, high = min(ends), max(ends)
    room = (high - low) * ROOM or abs(high) * ROOM or 1.0
    scale = low - room, high + room
    bound = None if check.bound is None else _place(check.bound, scale)
    said = "" if check.bound is None else number(metric, check.bound)
    return Plot(bound, said, tuple(_row(part, scale, metric) for part in check.parts))


def text_plot(row: Row, bound: float | None, width: int = 24) -> str:
    """The same in characters: ─ the interval, ● the value, │ the bound."""
    cells = [" "] * width

    def at(place: float) -> int:
        return min(width - 1, max(0, int(place / 100 * width)))

    if row.low is not None and row.high is not None:
        for cell in range(at(row.low), at(row.high) + 1):
            cells[cell] = "─"
    if bound is not None:
        cells[at(bound)] = "│"
    if row.value is not None:
        cells[at(row.value)] = "●"
    return "".join(cells)


def _row(part: Part, scale: tuple[float, float], metric: str) -> Row:
    one = part.measured
    places = [None if one is None or end is None else _place(end, scale) for end in _three(one)]
    said = "not known" if one is None or one.value is None else number(metric, one.value)
    if one is not None and one.low is not None and one.high is not None:
        said += f" ({number(metric, one.low)} to {number(metric, one.high)})"
    lack = "" if part.passed or part.shortfall is None else f"lacks {number(metric, part.shortfall)}"
    return Row(part.of, part.passed, places[0], places[1], places[2], said, lack)


def _three(one: Measurement | None) -> Sequence[float | None]:
    return (None, None, None) if one is None else (one.value, one.low, one.high)


def _ends(one: Measurement | None) -> list[float]:
    return [end for end in _three(one) if end is not None]


def _place(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)
