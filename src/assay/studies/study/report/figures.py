"""Forest plots: one number of every variant with its interval, beside the baseline's."""

from __future__ import annotations

from collections.abc import Sequence

from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, grid, shortened
from assay.studies.study.report.view import MetricCell, MetricColumn

COLOURS = {"better": "green", "worse": "orange", "different": "blue"}
MARKS = {"better": "▲", "worse": "▼", "different": "◆"}
_ROW, _TOP, _PLOT, _RIGHT, _LONGEST = 25.0, 34.0, 210.0, 74.0, 24


def forest(column: MetricColumn) -> Canvas | None:
    """A row per variant; the baseline's value is a dashed line, its interval a band. None where all show the same."""
    if same_for_all(column) is not None:
        return None
    known = [cell for cell in column.cells if cell.value is not None and cell.value.measured.value is not None]
    ends = [end for cell in known for end in _ends(cell)]
    if not ends:
        return None
    steps = nice_steps(min(ends), max(ends), about=3)
    names = [shortened(cell.variant, _LONGEST) for cell in column.cells]
    left = max(map(len, names)) * 7.7 + 14
    bottom = _TOP + len(column.cells) * _ROW
    canvas = Canvas(left + _PLOT + _RIGHT, bottom + 24, f"{column.label}: every variant with its interval")
    axes = Axes(canvas, left, _TOP, _PLOT, bottom - _TOP, x_range=(steps[0], steps[-1]))
    side = {"lower": ", lower is better", "higher": ""}.get(column.better, "")
    canvas.text((0, 15), f"{column.label}{side}", "ink", size=13, bold=True)
    for value in steps:
        canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
        canvas.text((axes.x(value), bottom + 16), tick(value), size=11, anchor="middle")
    _baseline(axes, column.cells[0])
    for index, (cell, name) in enumerate(zip(column.cells, names, strict=True)):
        _row(axes, cell, name, _TOP + (index + 0.5) * _ROW)
    return canvas


def same_for_all(column: MetricColumn) -> str | None:
    """What every variant shows, where nothing tells them apart; also "—", where none has a value."""
    texts = {f"{shown(cell.value.measured.value)}" if cell.value else "—" for cell in column.cells}
    return texts.pop() if len(texts) == 1 and len(column.cells) > 1 else None


def forests(columns: Sequence[MetricColumn], title: str, *, across: int = 3) -> Canvas | None:
    """Several as one picture, for a folder of figures; None when there is nothing to draw."""
    drawn = [canvas for column in columns if (canvas := forest(column)) is not None]
    return grid(title, drawn, columns=across) if drawn else None


def _baseline(axes: Axes, cell: MetricCell) -> None:
    if cell.value is None or cell.value.measured.value is None:
        return
    low, high = min(_ends(cell)), max(_ends(cell))
    axes.canvas.box(axes.x(low), axes.top, axes.x(high) - axes.x(low), axes.height, "muted", opacity=0.13)
    at = axes.x(cell.value.measured.value)
    axes.canvas.line([(at, axes.top), (at, axes.bottom)], "muted", dash=(4.0, 3.0))


def _row(axes: Axes, cell: MetricCell, name: str, row: float) -> None:
    canvas = axes.canvas
    settled = cell.verdict in COLOURS
    canvas.text((axes.left - 10, row + 4), name, "ink", size=12, anchor="end", bold=settled)
    if cell.value is None or cell.value.measured.value is None:
        canvas.text((axes.right + 10, row + 4), "—", size=12)
        return
    measured = cell.value.measured
    colour = COLOURS.get(cell.verdict, "ink" if cell.claim is None else "muted")
    tip = f"{cell.variant}: {measured}; {measured.method}" + (f"; {cell.claim.words}" if cell.claim else "")
    low, high = min(_ends(cell)), max(_ends(cell))
    if high > low:
        canvas.line([(axes.x(low), row), (axes.x(high), row)], colour, width=4.5 if settled else 1.8, tip=tip)
    center = (axes.x(measured.value or 0.0), row)
    canvas.dot(center, colour, radius=5.0, tip=tip)
    if cell.claim is not None and not settled:
        canvas.dot(center, "surface", radius=2.8, tip=tip)
    text = f"{shown(measured.value)} {MARKS.get(cell.verdict, '')}".rstrip()
    canvas.text((axes.right + 10, row + 4), text, colour if settled else "ink", size=12, bold=settled)


def shown(value: float | None) -> str:
    """A number with three digits behind the point, fewer where it is large."""
    if value is None:
        return "—"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _ends(cell: MetricCell) -> list[float]:
    assert cell.value is not None
    measured = cell.value.measured
    return [end for end in (measured.low, measured.value, measured.high) if end is not None]
