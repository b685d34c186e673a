"""How near each generator comes to the training images, beside real images that nobody copied: a line for each."""

from __future__ import annotations

import numpy as np

from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, shortened
from assay.pages.palette import SERIES
from assay.synthetic.fidelity.record import FidelityEvidence, Nearness

_TOP, _WIDTH, _HEIGHT, _LEFT, _GAP, _MARGIN = 84.0, 380.0, 190.0, 40.0, 64.0, 16.0
_SCALES = {"pixels": "1 − correlation of what they show", "embedding": "1 − cosine of their embeddings"}
HELD_OUT = "held-out real"


def nearness_plot(evidence: FidelityEvidence) -> Canvas | None:
    """Shares of the images that are nearer than each distance, by pixels and by embedding; None without any.

    Copies show as a line that has risen at the left before that of real images has.
    """
    if not evidence.nearness:
        return None
    width, height = 2 * (_LEFT + _WIDTH) + _GAP + _MARGIN, _TOP + _HEIGHT + 46
    canvas = Canvas(width, height, "Distance to the nearest training image")
    canvas.text((0, 16), "Distance to the nearest training image", "ink", size=14, bold=True)
    left = 0.0
    for nearness in evidence.nearness:
        name, color, dash = _look(evidence, nearness)
        canvas.line([(left, 36), (left + 26, 36)], color, width=2.2 if nearness.generator else 3.4, dash=dash)
        canvas.text((left + 32, 40), name, color, size=12)
        left += 32 + 7.4 * len(name) + 22
    cuts = {"pixels": evidence.cutoffs.pixels, "embedding": evidence.cutoffs.embedding}
    for number, (word, title) in enumerate(_SCALES.items()):
        _panel(canvas, evidence, word, title, number * (_LEFT + _WIDTH + _GAP), cuts[word])
    return canvas


def _panel(canvas: Canvas, evidence: FidelityEvidence, word: str, title: str, left: float, cut: float) -> None:
    curves = [(nearness, np.array(getattr(nearness, word), dtype=np.float64)) for nearness in evidence.nearness]
    steps = nice_steps(0.0, max(float(np.max(values)) for _, values in curves) or 1.0, about=4)
    axes = Axes(canvas, left + _LEFT, _TOP, _WIDTH, _HEIGHT, x_range=(0.0, steps[-1]))
    canvas.text((left, _TOP - 14), "share of images that are nearer than", size=12)
    for value in (0.0, 0.5, 1.0):
        canvas.line([(axes.left, axes.y(value)), (axes.right, axes.y(value))], "grid")
        canvas.text((axes.left - 6, axes.y(value) + 4), f"{value:.0%}", size=11, anchor="end")
    for value in steps:
        canvas.text((axes.x(value), axes.bottom + 16), tick(value), size=11, anchor="middle")
    if cut > 0:
        canvas.line([(axes.x(cut), axes.top), (axes.x(cut), axes.bottom)], "muted", dash=(3.0, 3.0))
        canvas.text((axes.x(cut) + 5, axes.top + 12), "too near to the left", size=11)
    canvas.text(((axes.left + axes.right) / 2, axes.bottom + 36), title, size=12, anchor="middle")
    for nearness, values in curves:
        name, color, dash = _look(evidence, nearness)
        tip = f"{name}, {nearness.n:,} images: half are nearer than {np.median(values):.3g}"
        canvas.line(
            axes.path(values, np.linspace(0, 1, len(values))),
            color,
            width=2.2 if nearness.generator else 3.4,
            dash=dash,
            tip=tip,
        )


def _look(evidence: FidelityEvidence, nearness: Nearness) -> tuple[str, str, tuple[float, ...]]:
    """Name, colour and dash; a generator has the colour that it has among the scores."""
    if not nearness.generator:
        return HELD_OUT, "ink", ()
    index = evidence.generators.index(nearness.generator) if nearness.generator in evidence.generators else 0
    color, dash = SERIES[index % len(SERIES)]
    return shortened(nearness.generator, 16), color, dash
