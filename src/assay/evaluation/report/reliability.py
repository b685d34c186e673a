"""Reliability diagram: observed accuracy among predictions of one confidence, and how many of these there are."""

from __future__ import annotations

from assay.evaluation.evidence import Reliability, ReliabilityBin
from assay.pages.axes import FIFTHS, Axes
from assay.pages.canvas import Canvas
from assay.pages.numbers import images

WIDTH, HEIGHT = 340.0, 400.0


def reliability_diagram(reliability: Reliability, title: str) -> Canvas:
    """Accuracy against confidence with Wilson intervals, over grey bars where a calibrated model's dots would lie.

    The histogram under it counts the images of each bin.
    """
    canvas = Canvas(WIDTH, HEIGHT, f"{title}: accuracy against confidence, and the number of images at each confidence")
    canvas.text((0, 14), title, "ink", size=13, bold=True)
    accuracy = Axes(canvas, left=40, top=44, width=290, height=236)
    accuracy.rows(FIFTHS, "observed accuracy")
    for row in reliability.bins:
        _expected(accuracy, row)
    canvas.line([accuracy.at(0, 0), accuracy.at(1, 1)], "muted", dash=(4, 3))
    for row in reliability.bins:
        _observed(accuracy, row)
    _histogram(canvas, reliability.bins)
    return canvas


def describe(row: ReliabilityBin) -> str:
    """One bin in words, for the tool tip."""
    if row.n == 0 or row.accuracy is None or row.confidence is None:
        return f"confidence {row.low:.2f} to {row.high:.2f}: no images"
    interval = "" if row.accuracy_low is None else f" (interval {row.accuracy_low:.2f} to {row.accuracy_high:.2f})"
    return f"{images(row.n)}, mean confidence {row.confidence:.3f}: observed accuracy {row.accuracy:.3f}{interval}"


def _expected(axes: Axes, row: ReliabilityBin) -> None:
    if row.expected_low is None or row.expected_high is None:
        return
    top, bottom = axes.y(row.expected_high), axes.y(row.expected_low)
    left, right = axes.x(row.low) + 1, axes.x(row.high) - 1
    axes.canvas.box(left, top, right - left, max(bottom - top, 2.0), "muted", opacity=0.22, tip=describe(row))


def _observed(axes: Axes, row: ReliabilityBin) -> None:
    if row.confidence is None or row.accuracy is None:
        return
    color = "blue" if _as_expected(row) else "orange"
    if row.accuracy_low is not None and row.accuracy_high is not None:
        ends = [axes.at(row.confidence, row.accuracy_low), axes.at(row.confidence, row.accuracy_high)]
        axes.canvas.line(ends, color, width=1.6)
    axes.canvas.dot(axes.at(row.confidence, row.accuracy), color, radius=4, tip=describe(row))


def _as_expected(row: ReliabilityBin) -> bool:
    if row.accuracy is None or row.expected_low is None or row.expected_high is None:
        return True
    return row.expected_low <= row.accuracy <= row.expected_high


def _histogram(canvas: Canvas, bins: tuple[ReliabilityBin, ...]) -> None:
    most = max((row.n for row in bins), default=0) or 1
    axes = Axes(canvas, left=40, top=300, width=290, height=56, y_range=(0, most))
    canvas.line([(axes.left, axes.bottom), (axes.right, axes.bottom)], "muted")
    canvas.text((axes.left - 6, axes.top + 8), f"{most}", size=11, anchor="end")
    canvas.text((axes.left - 6, axes.bottom + 1), "0", size=11, anchor="end")
    canvas.text((axes.left + 4, axes.top + 8), "images", size=11)
    for row in bins:
        if row.n:
            left, top = axes.at(row.low, row.n)
            canvas.box(left + 1, top, axes.x(row.high) - left - 2, axes.bottom - top, "blue", tip=describe(row))
    axes.columns(FIFTHS, "confidence")
