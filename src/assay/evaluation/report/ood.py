"""Histograms of the OOD score: in-domain against each set, with the two cut-offs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.evaluation.ood import Histogram, OodEvidence, OodSet
from assay.evaluation.report.axes import Axes, nice_steps, tick
from assay.evaluation.report.canvas import Anchor, Canvas, shortened

WIDTH, HEIGHT = 214, 204
CUT_OFFS = (("unsure", "ochre", (5.0, 3.0)), ("out", "purple", (2.0, 2.0)))
TICKS: tuple[tuple[float, Anchor], ...] = ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
_LEFT = 34


def histograms(found: OodEvidence) -> list[Canvas]:
    """A chart per OOD set; none where there is no histogram."""
    if found.histogram is None:
        return []
    top = max(max(shares) for shares in found.histogram.shares.values())
    steps = nice_steps(0.0, top, about=3)
    return [_chart(found, those, found.histogram, steps) for those in found.sets]


def _chart(found: OodEvidence, those: OodSet, histogram: Histogram, steps: Sequence[float]) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, f"Scores of {found.detector} on test images and on {those.name}, with the cut-offs")
    canvas.text((0, 14), shortened(those.name, 30), "ink", size=13, bold=True)
    bins = len(histogram.edges) - 1
    axes = Axes(canvas, _LEFT, 40, WIDTH - _LEFT - 12, HEIGHT - 82, (0, bins), (0, steps[-1]))
    axes.rows(steps, "share of the images")
    for name, color, opacity in (("test", "blue", 0.45), (those.name, "orange", 0.55)):
        _bars(axes, histogram, name, color, opacity)
    for part, anchor in TICKS:
        value = histogram.edges[round(part * bins)]
        canvas.text((axes.x(part * bins), axes.bottom + 16), tick(_rounded(value)), size=11, anchor=anchor)
    canvas.text(
        ((axes.left + axes.right) / 2, axes.bottom + 34), f"score of {found.detector}", size=12, anchor="middle"
    )
    for (word, color, dash), cut_off in zip(CUT_OFFS, found.cut_offs, strict=True):
        if cut_off is not None:
            at = float(np.interp(cut_off, histogram.edges, np.arange(bins + 1)))
            canvas.line(
                [axes.at(at, 0), axes.at(at, steps[-1])], color, width=2, dash=dash, tip=f"{word}: {cut_off:.4g}"
            )
    return canvas


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
