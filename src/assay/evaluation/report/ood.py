"""Histograms of the OOD score: in-domain against each set, with the two cut-offs."""

from __future__ import annotations

import numpy as np

from assay.evaluation.ood import Histogram, OodEvidence, OodSet
from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, shortened
from assay.pages.marks import Anchor

WIDTH, HEIGHT = 214, 204
CUT_OFFS = (("unsure", "ochre", (5.0, 3.0)), ("out", "purple", (2.0, 2.0)))
BARS = (("blue", 0.45), ("orange", 0.55))
TICKS: tuple[tuple[float, Anchor], ...] = ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
_LEFT = 34


def histograms(ood: OodEvidence) -> list[Canvas]:
    """A chart per OOD set; none where there is no histogram."""
    if ood.histogram is None:
        return []
    return [_chart(ood, ood_set, ood.histogram) for ood_set in ood.sets]


def key_chart(ood: OodEvidence) -> Canvas:
    """What the colours and lines of `histograms` are, for pictures that no page explains."""
    canvas = Canvas(WIDTH, HEIGHT, "What the bars and lines are")
    for row, (name, color, opacity) in enumerate((("test, in-domain", *BARS[0]), ("the OOD set", *BARS[1]))):
        canvas.box(0, 40 + 24 * row, 34, 10, color, opacity=opacity)
        canvas.text((44, 50 + 24 * row), name, "ink", size=12)
    for row, ((word, color, dash), cut_off) in enumerate(zip(CUT_OFFS, ood.cut_offs, strict=True), start=2):
        canvas.line([(0, 46 + 24 * row), (34, 46 + 24 * row)], color, width=2, dash=dash)
        canvas.text(
            (44, 50 + 24 * row), f"above: {word}" + (" (no cut-off)" if cut_off is None else ""), "ink", size=12
        )
    return canvas


def _chart(ood: OodEvidence, ood_set: OodSet, histogram: Histogram) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, f"Scores of {ood.detector} on test images and on {ood_set.name}, with the cut-offs")
    canvas.text((0, 14), shortened(ood_set.name, 30), "ink", size=13, bold=True)
    bins = len(histogram.edges) - 1
    steps = nice_steps(0.0, max(*histogram.shares["test"], *histogram.shares[ood_set.name]), about=3)
    axes = Axes(canvas, _LEFT, 40, WIDTH - _LEFT - 12, HEIGHT - 82, (0, bins), (0, steps[-1]))
    axes.rows(steps, "share of the images")
    for name, (color, opacity) in zip(("test", ood_set.name), BARS, strict=True):
        _bars(axes, histogram, name, color, opacity)
    for part, anchor in TICKS:
        value = histogram.edges[round(part * bins)]
        canvas.text((axes.x(part * bins), axes.bottom + 16), tick(_rounded(value)), size=11, anchor=anchor)
    canvas.text(((axes.left + axes.right) / 2, axes.bottom + 34), _axis_name(ood), size=12, anchor="middle")
    for (word, color, dash), cut_off in zip(CUT_OFFS, ood.cut_offs, strict=True):
        if cut_off is not None:
            at = float(np.interp(cut_off, histogram.edges, np.arange(bins + 1)))
            canvas.line(
                [axes.at(at, 0), axes.at(at, steps[-1])], color, width=2, dash=dash, tip=f"{word}: {cut_off:.4g}"
            )
    return canvas


def _axis_name(ood: OodEvidence) -> str:
    assert ood.histogram is not None
    first, second, *_, last = ood.histogram.edges
    grows = last - first > 1.5 * (second - first) * (len(ood.histogram.edges) - 1)
    return f"score of {ood.detector}" + (", log scale" if grows else "")


def _bars(axes: Axes, histogram: Histogram, name: str, color: str, opacity: float) -> None:
    for index, share in enumerate(histogram.shares[name]):
        if share > 0:
            left, top = axes.at(index, share)
            low, high = histogram.edges[index : index + 2]
            tip = f"{name}: {share:.1%} from {low:.4g} to {high:.4g}"
            axes.canvas.box(left, top, axes.x(index + 1) - left, axes.bottom - top, color, opacity=opacity, tip=tip)


def _rounded(value: float) -> float:
    """Three digits, so that thousands are written short."""
    return float(f"{value:.2g}") if abs(value) >= 1000 else value
