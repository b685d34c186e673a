"""Plots of a verdict: for each check where its numbers lie, how sure they are, and the bound, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.gate.verdict import CheckPart, CheckResult
from assay.measurement import Measurement

ROOM = 0.08


@dataclass(frozen=True)
class Row:
    """One number on the scale of its check; places are per cent from its left end, None where there is none.

    Attributes:
        of: what it is about, "" for all.
        passed: whether it keeps the bound.
        value, low, high: places.
        text: the numbers as one reads them.
        lack: by how much the bound is missed, as one reads it; "" where it is kept, or nobody knows.
        bound: place of what it had to keep.
        bound_text: as one reads it.
    """

    of: str
    passed: bool
    value: float | None
    low: float | None
    high: float | None
    text: str
    lack: str
    bound: float | None
    bound_text: str


@dataclass(frozen=True)
class Plot:
    """The numbers of one check.

    Attributes:
        rows: the numbers, on one scale.
    """

    rows: tuple[Row, ...]


def plot(check: CheckResult) -> Plot | None:
    """The plot of a check that has looked at numbers; None for others."""
    if not check.parts:
        return None
    bounds = [_bound(check, part) for part in check.parts]
    ends = [end for part in check.parts for end in _ends(part.measured)] + [
        bound for bound in bounds if bound is not None
    ]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = (high - low) * ROOM or abs(high) * ROOM or 1.0
    scale = low - room, high + room
    return Plot(tuple(_row(part, bound, scale) for part, bound in zip(check.parts, bounds, strict=True)))


def text_plot(row: Row, width: int = 24) -> str:
    """The same in characters: ─ the interval, ● the value, │ the bound."""
    cells = [" "] * width

    def at(place: float) -> int:
        return min(width - 1, max(0, int(place / 100 * width)))

    if row.low is not None and row.high is not None:
        for cell in range(at(row.low), at(row.high) + 1):
            cells[cell] = "─"
    if row.bound is not None:
        cells[at(row.bound)] = "│"
    if row.value is not None:
        cells[at(row.value)] = "●"
    return "".join(cells)


def _bound(check: CheckResult, part: CheckPart) -> float | None:
    return check.bound if part.bound is None else part.bound


def _row(part: CheckPart, bound: float | None, scale: tuple[float, float]) -> Row:
    measured = part.measured
    value, low, high = (None if end is None else _place(end, scale) for end in _three(measured))
    text = "unknown" if measured is None or measured.value is None else _number(measured.value)
    if measured is not None and measured.low is not None and measured.high is not None and measured.low < measured.high:
        text += f" ({_number(measured.low)} to {_number(measured.high)})"
    lack = "" if part.passed or part.shortfall is None else f"misses the limit by {_number(part.shortfall)}"
    limit, limit_text = (None, "") if bound is None else (_place(bound, scale), _number(bound))
    return Row(part.of, part.passed, value, low, high, text, lack, limit, limit_text)


def _number(value: float) -> str:
    """With three decimals, or three figures where it is large: latencies and sizes."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _three(measured: Measurement | None) -> Sequence[float | None]:
    return (None, None, None) if measured is None else (measured.value, measured.low, measured.high)


def _ends(measured: Measurement | None) -> list[float]:
    return [end for end in _three(measured) if end is not None]


def _place(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)
