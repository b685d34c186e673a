"""Robustness charts: one small chart per corruption, macro-F1, ECE and reject rate against severity."""

from __future__ import annotations

from collections.abc import Sequence

from assay.evaluation.catalogue import metric, names_on
from assay.evaluation.robustness import Level, RobustnessEvidence, in_words
from assay.measurement import Measurement
from assay.pages.axes import Axes
from assay.pages.canvas import Canvas
from assay.pages.numbers import interval, shown
from assay.pages.palette import SERIES

WIDTH, HEIGHT = 214.0, 190.0


def robustness_charts(robustness: RobustnessEvidence) -> list[Canvas]:
    """A chart per corruption, in the order of the evidence; all on one scale, so that they can be compared."""
    return [
        _chart(
            score.corruption,
            f"{shown(score.relative.value, 2)} of clean" if score.relative.value is not None else "",
            [robustness.clean, *(level for level in robustness.levels if level.corruption == score.corruption)],
        )
        for score in robustness.scores
    ]


def key_chart(robustness: RobustnessEvidence) -> Canvas:
    """What the lines are, for a picture without a page around it."""
    canvas = Canvas(WIDTH, HEIGHT, "What the lines are")
    for number, (name, (color, dash)) in enumerate(lines(robustness)):
        canvas.line([(28, 60 + 22 * number), (62, 60 + 22 * number)], color, width=2.2, dash=dash)
        canvas.text((70, 64 + 22 * number), name, "ink")
    return canvas


def lines(robustness: RobustnessEvidence) -> list[tuple[str, tuple[str, tuple[float, ...]]]]:
    """Name and look of each line."""
    drawn = zip(names_on("robustness"), SERIES, strict=False)
    return [(metric(name).head, look) for name, look in drawn if getattr(robustness.clean, name) is not None]


def _chart(name: str, left: str, levels: Sequence[Level]) -> Canvas:
    title = in_words(name)
    canvas = Canvas(WIDTH, HEIGHT, f"{title}: macro-F1, share rejected and ECE at each severity")
    canvas.text((0, 14), title, "ink", size=13, bold=True)
    canvas.text((WIDTH - 8, 14), left, size=12, anchor="end")
    last = max(level.severity for level in levels)
    axes = Axes(canvas, 34, 30, WIDTH - 48, 124, (0, max(last, 1)))
    axes.rows((0.0, 0.25, 0.5, 0.75, 1.0))
    for level in levels:
        label = "clean" if level.severity == 0 else str(level.severity)
        canvas.text((axes.x(level.severity), axes.bottom + 16), label, size=11, anchor="middle")
    canvas.text(((axes.left + axes.right) / 2, axes.bottom + 32), "severity", size=11, anchor="middle")
    for field, (color, dash) in zip(names_on("robustness"), SERIES, strict=False):
        points = [(level, getattr(level, field)) for level in levels]
        _curve(
            axes,
            metric(field).head,
            [(level, measured) for level, measured in points if measured is not None],
            color,
            dash,
        )
    return canvas


def _curve(
    axes: Axes, name: str, points: Sequence[tuple[Level, Measurement]], color: str, dash: tuple[float, ...]
) -> None:
    drawn = [(level, measured, measured.value) for level, measured in points if measured.value is not None]
    if not drawn:
        return
    ends = [(level.severity, measured.low, measured.high) for level, measured, _ in drawn]
    bounded = [(x, low, high) for x, low, high in ends if low is not None and high is not None]
    if len(bounded) > 1:
        upper = [axes.at(x, min(high, 1.0)) for x, _, high in bounded]
        lower = [axes.at(x, low) for x, low, _ in reversed(bounded)]
        axes.canvas.area([*upper, *lower], color, opacity=0.14)
    axes.canvas.line([axes.at(level.severity, value) for level, _, value in drawn], color, width=2, dash=dash)
    for level, measured, value in drawn:
        between = f" ({interval(measured)})" if measured.low is not None else ""
        tip = f"{level.described}: {name} {value:.3f}{between}"
        axes.canvas.dot(axes.at(level.severity, value), color, radius=3, tip=tip)
