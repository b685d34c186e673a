"""Figures of a report, drawn from its tables and nothing else, so that they show what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assay.pages.axes import Axes, nice_steps
from assay.pages.canvas import Canvas, shortened
from assay.pages.palette import SERIES
from assay.serving.reports.record import Cell, ReportColumn, ReportTable

_LEFT, _TOP, _HEIGHT, _RIGHT, _BOTTOM = 52.0, 44.0, 200.0, 16.0, 50.0
_WIDTH, _NARROW, _MOST = 1060.0, 340.0, 120


def figures_of(table: ReportTable) -> list[Canvas]:
    """The figures of a table; none where it has none, or too little to draw."""
    draw = FIGURES.get(table.figure)
    return [] if draw is None or not table.rows else draw(table)


def _days(table: ReportTable) -> list[Canvas]:
    """Answers, what was handed over, and times, day by day."""
    days = [str(cell) for cell in table.column("day")][-_MOST:]
    answers = [float(cell or 0) for cell in table.column("answers")][-_MOST:]
    axes = _axes("Answers by day", days, 0.0, max(answers), "answers", width=_WIDTH)
    step = axes.width / len(days)
    for place, (day, count) in enumerate(zip(days, answers, strict=True)):
        left, top = axes.left + step * place + step * 0.1, axes.y(count)
        axes.canvas.box(left, top, step * 0.8, axes.bottom - top, "blue", opacity=0.85, tip=f"{day}: {count:,.0f}")
    figures = [axes.canvas]
    person = _columns(table, "for_a_person")
    if person:
        figures.append(_trend(table, person, "For a person", width=_NARROW * 1.5))
    times = [column for column in table.columns if column.name in ("p50_ms", "p95_ms")]
    if times:
        figures.append(_trend(table, [(column, None, None) for column in times], "Milliseconds", width=_NARROW * 1.5))
    return figures


def _trends(table: ReportTable) -> list[Canvas]:
    """Every number with an interval, row by row, and where the level changes."""
    having = [
        column for column in table.columns if column.role == "value" and any(map(_is_number, table.column(column.name)))
    ]
    columns = [named for column in having for named in _columns(table, column.name)]
    if not columns:
        return []
    return [_trend(table, columns, table.title, width=_WIDTH if len(table.rows) > 6 else _NARROW * 2)]


Named = tuple[ReportColumn, ReportColumn | None, ReportColumn | None]


def _columns(table: ReportTable, name: str) -> list[Named]:
    """A value's column with those of its interval, which follow it."""
    places = [place for place, column in enumerate(table.columns) if column.name == name]
    if not places:
        return []
    value, *more = table.columns[places[0] : places[0] + 3]
    roles = [column.role for column in more]
    return [(value, more[0], more[1])] if roles == ["lower", "upper"] else [(value, None, None)]


def _trend(table: ReportTable, columns: Sequence[Named], title: str, *, width: float) -> Canvas:
    """Lines through values, with their intervals; what is undefined is left out."""
    names = [str(row[0]) for row in table.rows][-_MOST:]
    shift = len(table.rows) - len(names)
    cells = [cell for named in columns for each in named if each for cell in table.column(each.name)[shift:]]
    known = [float(cell) for cell in cells if isinstance(cell, (int, float))]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if columns and columns[0][0].role != "value":
        low = 0.0
    axes = _axes(title, names, low, high, _unit(columns), width=width)
    step = axes.width / len(names)
    center = [axes.left + step * (place + 0.5) for place in range(len(names))]
    for mark in table.marks:
        if mark >= shift:
            x = axes.left + step * (mark - shift)
            words = f"the level changes: {names[mark - shift]}"
            axes.canvas.line([(x, axes.top), (x, axes.bottom)], "orange", width=1.6, dash=(3.0, 3.0), tip=words)
    for place, (column, lower, upper) in enumerate(columns):
        color, dash = SERIES[place % len(SERIES)]
        nudge = (place - (len(columns) - 1) / 2) * min(7.0, step / 4)
        values = table.column(column.name)[shift:]
        points = [(center[row] + nudge, axes.y(float(value))) for row, value in enumerate(values) if value is not None]
        if len(points) > 1:
            axes.canvas.line(points, color, width=1.8, dash=dash, opacity=0.8)
        ends = zip(
            table.column(lower.name)[shift:] if lower else [None] * len(values),
            table.column(upper.name)[shift:] if upper else [None] * len(values),
            strict=True,
        )
        for row, (value, (bottom, top)) in enumerate(zip(values, ends, strict=True)):
            _point(axes, center[row] + nudge, names[row], column, value, bottom, top, color, small=len(names) > 40)
    if len(columns) > 1:
        _legend(axes, [column.label for column, _, _ in columns])
    return axes.canvas


def _point(
    axes: Axes,
    x: float,
    name: str,
    column: ReportColumn,
    value: Cell,
    low: Cell,
    high: Cell,
    color: str,
    *,
    small: bool,
) -> None:
    if value is None:
        return
    tip = f"{name}, {column.label}: {column.shown(value)}"
    if low is not None and high is not None:
        tip += f" ({column.shown(low)} to {column.shown(high)})"
        axes.canvas.line([(x, axes.y(float(low))), (x, axes.y(float(high)))], color, width=1.4, opacity=0.7, tip=tip)
    axes.canvas.dot((x, axes.y(float(value))), color, radius=2.2 if small else 3.6, tip=tip)


def _versions(table: ReportTable) -> list[Canvas]:
    """Images of each version, stacked by split."""
    splits = [
        column for column in table.columns if column.label in ("train", "val", "calib", "test", "ood", "unlabelled")
    ]
    names = [str(row[0]) for row in table.rows][-_MOST:]
    totals = [float(cell or 0) for cell in table.column("images")][-_MOST:]
    axes = _axes("Images of each version", names, 0.0, max(totals), "images", width=_NARROW * 2)
    step = axes.width / len(names)
    below = [0.0] * len(names)
    for number, split in enumerate(splits):
        color = SERIES[number % len(SERIES)][0]
        for place, cell in enumerate(table.column(split.name)[-len(names) :]):
            count = float(cell or 0)
            top, bottom = axes.y(below[place] + count), axes.y(below[place])
            width = min(step * 0.7, 60.0)
            left = axes.left + step * (place + 0.5) - width / 2
            tip = f"{names[place]}, {split.label}: {count:,.0f}"
            axes.canvas.box(left, top, width, bottom - top, color, opacity=0.85, tip=tip)
            below[place] += count
    _legend(axes, [split.label for split in splits], areas=True)
    return [axes.canvas]


def _axes(title: str, names: Sequence[str], low: float, high: float, unit: str, *, width: float) -> Axes:
    canvas = Canvas(_LEFT + width + _RIGHT, _TOP + _HEIGHT + _BOTTOM, title)
    ticks = nice_steps(low, high)
    axes = Axes(canvas, _LEFT, _TOP, width, _HEIGHT, (0.0, 1.0), (ticks[0], ticks[-1]))
    axes.rows(ticks, unit)
    step = width / len(names)
    every = max(1, -(-len(names) * 78 // int(width)))
    for place in range(0, len(names), every):
        words = shortened(names[place].replace("T", " ").removesuffix("Z"), 16)
        words = words[5:] if len(words) > 8 and words[4:5] == "-" else words
        canvas.text((axes.left + step * (place + 0.5), axes.bottom + 17), words, size=11, anchor="middle")
    return axes


def _unit(columns: Sequence[Named]) -> str:
    labels = {column.label for column, _, _ in columns}
    if labels <= {"p50 ms", "p95 ms"}:
        return "milliseconds"
    return next(iter(labels)) if len(labels) == 1 else ""


def _legend(axes: Axes, labels: Sequence[str], *, areas: bool = False) -> None:
    """Names of the series beside their colours, above the figure."""
    x = axes.left
    for place, label in enumerate(labels):
        color, dash = SERIES[place % len(SERIES)]
        if areas:
            axes.canvas.box(x + 8, 9, 14, 14, color, opacity=0.85)
        else:
            axes.canvas.line([(x, 16), (x + 22, 16)], color, width=2.6, dash=dash)
        axes.canvas.text((x + 28, 20), label, "ink", size=12)
        x += 44 + 7.2 * len(label)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, (int, float))


FIGURES: dict[str, Callable[[ReportTable], list[Canvas]]] = {"days": _days, "trend": _trends, "versions": _versions}
