"""Pareto pictures: quality against each cost, with intervals, bounds, and what nothing measured goes beyond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.evaluation.catalogue import label_of
from assay.measurement import Measurement
from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, grid, shortened
from assay.pages.png import to_png
from assay.studies.decision.decision import Candidate, Decision
from assay.studies.decision.front import goodness
from assay.studies.decision.labels import Mark, place
from assay.studies.decision.metric import COST, better_side, bound, ends, with_interval

LOG_FROM = 8.0
"""Ratio of the largest value to the smallest from which a scale is logarithmic."""
_LEFT, _TOP, _WIDTH, _HEIGHT, _RIGHT, _BOTTOM = 52.0, 46.0, 400.0, 290.0, 26.0, 50.0


@dataclass(frozen=True)
class AxisScale:
    """A metric along an axis; `log` draws powers of ten at equal distances."""

    metric: str
    log: bool
    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def of(cls, metric: str, values: Sequence[float]) -> AxisScale:
        """A scale that holds these values, with a little room."""
        low, high = min(values), max(values)
        if low > 0 and high / low >= LOG_FROM:
            first, last = math.log10(low), math.log10(high)
            room = (last - first) * 0.06
            span = 10 ** (first - room), 10 ** (last + room)
            ticks = [factor * 10.0**power for power in range(-6, 12) for factor in (1, 2, 5)]
            inside = tuple(tick for tick in ticks if span[0] <= tick <= span[1])
            return cls(metric, True, math.log10(span[0]), math.log10(span[1]), inside)
        # Sizes that differ by bytes shall look alike.
        least = 0.2 * abs(high) if metric.startswith(COST) else 0.02
        room = max((high - low) * 0.06, (least - (high - low)) / 2) or 1.0
        span = low - room, high + room
        if low >= 0:
            span = max(0.0, span[0]), span[1]
        ticks = [nice_step for nice_step in nice_steps(*span) if span[0] <= nice_step <= span[1]]
        return cls(metric, False, *span, tuple(ticks))

    def at(self, value: float) -> float:
        """Where a value lies on the axis; at its edge when it lies beyond."""
        position = math.log10(value) if self.log and value > 0 else -math.inf if self.log else value
        return min(max(position, self.low), self.high)

    @property
    def name(self) -> str:
        """The metric, its unit, and the better side."""
        unit = bound(self.metric, 0).removeprefix("0").strip() if self.metric.startswith(COST) else ""
        scale = ", log scale" if self.log else ""
        return f"{label_of(self.metric)}{f' ({unit})' if unit else ''}, {better_side(self.metric)} is better{scale}"


def pareto_plots(decision: Decision) -> dict[str, Canvas]:
    """A picture for each pair of the first quality with another objective; none where there is one objective only."""
    quality = next(
        (objective for objective in decision.objectives if not objective.startswith(COST)), decision.objectives[0]
    )
    others = [objective for objective in decision.objectives if objective != quality]
    return {other.replace("/", "_"): pareto_plot(decision, other, quality) for other in others}


def pareto_plot(decision: Decision, across: str, up: str) -> Canvas:
    """One picture: each variant with its intervals, the bounds of the criteria, and the line of this pair.

    The chosen one is a large green square; eligible ones are filled blue dots, others hollow grey ones; what is
    dominated for certain is crossed out.
    """
    shown = [
        candidate
        for candidate in decision.candidates
        if _value(candidate, across) is not None and _value(candidate, up) is not None
    ]
    title = f"{label_of(up)} against {label_of(across).lower()}"
    canvas = Canvas(_LEFT + _WIDTH + _RIGHT, _TOP + _HEIGHT + _BOTTOM, title)
    canvas.text((0, 14), title, "ink", size=14, bold=True)
    if not shown:
        canvas.text((_LEFT, _TOP + 30), "No variant has both values.", size=13)
        return canvas
    x, y = (AxisScale.of(metric, _extent(decision, shown, metric)) for metric in (across, up))
    axes = Axes(canvas, _LEFT, _TOP, _WIDTH, _HEIGHT, (x.low, x.high), (y.low, y.high))
    axes.rows(y.ticks)
    canvas.text((0, _TOP - 12), y.name, size=12)
    for value in x.ticks:
        canvas.text((axes.x(x.at(value)), axes.bottom + 16), tick(value), size=11, anchor="middle")
    canvas.text((axes.left + axes.width / 2, axes.bottom + 36), x.name, size=12, anchor="middle")
    canvas.line([(axes.left, axes.bottom), (axes.right, axes.bottom)], "muted")
    _bounds(decision, axes, x, y)
    _beyond(shown, axes, x, y)
    marks = [_mark(variant, axes, x, y) for variant in shown]
    _names(shown, marks, axes)
    for variant, mark in reversed(list(zip(shown, marks, strict=True))):
        _draw(variant, mark, axes, (up, across))
    return canvas


def write_figures(folder: Path, decision: Decision) -> list[Path]:
    """Write `pareto.png` with all pictures side by side; nothing where there are none."""
    plots = list(pareto_plots(decision).values())
    path = folder / "pareto.png"
    if not plots:
        path.unlink(missing_ok=True)
        return []
    to_png(grid(f"Pareto front of {decision.study}", plots, columns=2, gap=32), path)
    return [path]


def _value(candidate: Candidate, metric: str) -> float | None:
    measured = candidate.objective(metric)
    return measured.value if measured else None


def _span(metric: str, measured: Measurement | None) -> tuple[float, float]:
    value = measured.value if measured and measured.value is not None else 0.0
    return ends(metric, measured) or (value, value)


def _extent(decision: Decision, shown: Sequence[Candidate], metric: str) -> list[float]:
    """Values and ends of intervals, and bounds that lie near enough not to crush the rest."""
    values = [value for each in shown if (value := _value(each, metric)) is not None]
    ends = [*values, *(end for each in shown for end in _span(metric, each.objective(metric)))]
    if min(values) > 0:
        ends = [max(end, min(values) / 3) for end in ends]
    low, high = min(ends), max(ends)
    for limit in _limits(decision, metric):
        near = (high - low) * 0.6 or abs(high)
        if low - near <= limit <= high + near or (low > 0 and low / 3 <= limit <= high * 3 and high / low > 3):
            ends.append(limit)
    return ends


def _limits(decision: Decision, metric: str) -> list[float]:
    own = [criterion for criterion in decision.criteria if criterion.metric == metric]
    return [limit for criterion in own for limit in (criterion.at_least, criterion.at_most) if limit is not None]


def _bounds(decision: Decision, axes: Axes, x: AxisScale, y: AxisScale) -> None:
    """The bounds of the criteria on both metrics, with what they exclude in grey."""
    canvas = axes.canvas
    for criterion in decision.criteria:
        for limit, least in ((criterion.at_least, True), (criterion.at_most, False)):
            if limit is None:
                continue
            message = f"{'at least' if least else 'at most'} {bound(criterion.metric, limit)}"
            if criterion.metric == x.metric and x.low < (at := x.at(limit)) < x.high:
                start, end = (axes.left, axes.x(at)) if least else (axes.x(at), axes.right)
                canvas.box(start, axes.top, end - start, axes.height, "grid", opacity=0.45)
                canvas.line([(axes.x(at), axes.top), (axes.x(at), axes.bottom)], "muted", dash=(2, 3))
                canvas.text((axes.x(at) - 4, axes.bottom - 6), message, size=11, anchor="end")
            if criterion.metric == y.metric and y.low < (at := y.at(limit)) < y.high:
                start, end = (axes.y(at), axes.bottom) if least else (axes.top, axes.y(at))
                canvas.box(axes.left, start, axes.width, end - start, "grid", opacity=0.45)
                canvas.line([(axes.left, axes.y(at)), (axes.right, axes.y(at))], "muted", dash=(2, 3))
                canvas.text((axes.right - 5, axes.y(at) + (14 if least else -5)), message, size=11, anchor="end")


def _beyond(shown: Sequence[Candidate], axes: Axes, x: AxisScale, y: AxisScale) -> None:
    """The stairs of this pair: no variant's values lie beyond them."""
    best = sorted(
        shown,
        key=lambda candidate: (
            -goodness(x.metric, candidate.objective(x.metric)),
            -goodness(y.metric, candidate.objective(y.metric)),
        ),
    )
    corners: list[tuple[float, float]] = []
    top = -math.inf
    for variant in best:
        height = goodness(y.metric, variant.objective(y.metric))
        if height <= top:
            continue
        top = height
        at = axes.at(x.at(_value(variant, x.metric) or 0.0), y.at(_value(variant, y.metric) or 0.0))
        if corners:
            corners.append((at[0], corners[-1][1]))
        corners.append(at)
    if len(corners) > 1:
        axes.canvas.line(corners, "blue", width=1.2, dash=(5, 4))


def _mark(candidate: Candidate, axes: Axes, x: AxisScale, y: AxisScale) -> Mark:
    """Where a variant and its intervals lie."""
    at = axes.at(x.at(_value(candidate, x.metric) or 0.0), y.at(_value(candidate, y.metric) or 0.0))
    left, right = (axes.x(x.at(end)) for end in _span(x.metric, candidate.objective(x.metric)))
    low, high = (axes.y(y.at(end)) for end in _span(y.metric, candidate.objective(y.metric)))
    return Mark(at, left, right, high, low)


def _draw(candidate: Candidate, mark: Mark, axes: Axes, metrics: Sequence[str]) -> None:
    canvas, (x, y) = axes.canvas, mark.at
    values = "; ".join(f"{label_of(metric)} {with_interval(metric, candidate.objective(metric))}" for metric in metrics)
    tip = f"{candidate.name}, {candidate.role}: {values}"
    color = {"chosen": "green", "runner-up": "blue"}.get(candidate.role, "muted")
    width = 2.4 if candidate.role == "chosen" else 1.4
    canvas.line([(mark.left, y), (mark.right, y)], color, width=width, tip=tip)
    canvas.line([(x, mark.top), (x, mark.bottom)], color, width=width, tip=tip)
    if candidate.role == "chosen":
        canvas.box(x - 8, y - 8, 16, 16, "surface")
        canvas.box(x - 6.5, y - 6.5, 13, 13, color, tip=tip)
        return
    canvas.dot((x, y), color, radius=5.5, tip=tip)
    if candidate.role == "not eligible":
        canvas.dot((x, y), "surface", radius=3.2, tip=tip)
    if candidate.certainly_dominated:
        for turn in (1, -1):
            canvas.line([(x - 8, y - 8 * turn), (x + 8, y + 8 * turn)], "orange", width=1.6, tip=tip)


def _names(shown: Sequence[Candidate], marks: Sequence[Mark], axes: Axes) -> None:
    texts = [shortened(candidate.name, 28) for candidate in shown]
    for candidate, mark, text, spot in zip(shown, marks, texts, place(marks, texts, axes), strict=True):
        if spot is None:
            continue
        at, lead = spot
        if lead is not None:
            axes.canvas.line([mark.at, lead], "muted", width=0.7)
        color = "muted" if candidate.role == "not eligible" else "ink"
        axes.canvas.text(at, text, color, size=11, bold=candidate.role == "chosen")
