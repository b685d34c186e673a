"""Risk-coverage curve: how many errors remain when the least confident images are left unanswered."""

from __future__ import annotations

import numpy as np

from assay.evaluation.metrics.ordering import Ordering
from assay.pages.axes import FIFTHS, Axes, nice_steps
from assay.pages.canvas import Canvas
from assay.predictions import FloatArray, IntArray


def risk_coverage(labels: IntArray, probabilities: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of wrong answers among the most confident ones, for each number of them that are answered.

    Images of one confidence are answered together, so the order of the images does not matter.

    Args:
        labels: [N], class indices, N at least 1.
        probabilities: [N, C]; the confidence of an answer is its row's largest.

    Returns:
        coverage [K] in (0, 1], rising, and selective risk [K] in [0, 1].
    """
    right = probabilities.argmax(axis=1) == labels
    ordering = Ordering.by(probabilities.max(axis=1), right)
    answered, wrong = np.cumsum(ordering.yes + ordering.no), np.cumsum(ordering.no)
    return answered / len(labels), wrong / answered


def risk_at(coverage: FloatArray, risk: FloatArray, share: float) -> tuple[float, float]:
    """The smallest coverage of at least `share` that a threshold can give, and the risk there."""
    index = min(int(np.searchsorted(coverage, share - 1e-9)), len(coverage) - 1)
    return float(coverage[index]), float(risk[index])


def risk_coverage_chart(coverage: FloatArray, risk: FloatArray) -> Canvas:
    """The curve, the error rate when everything is answered, and what leaving out exactly the errors would give."""
    canvas = Canvas(340, 350, "Risk-coverage curve: selective risk against coverage")
    canvas.text((0, 14), "Risk-coverage", "ink", size=13, bold=True)
    error = float(risk[-1])
    steps = nice_steps(0.0, max(float(risk.max()), 0.05))
    axes = Axes(canvas, 40, 44, 290, 262, (0, 1), (0, steps[-1]))
    axes.rows(steps, "selective risk: error rate of the accepted")
    axes.columns(FIFTHS, "coverage: share accepted, most confident first")
    canvas.line([axes.at(0, error), axes.at(1, error)], "muted", dash=(2, 4), tip="error rate over all images")
    share = np.linspace(max(1 - error, 1e-6), 1, 50)
    canvas.line(axes.path(np.r_[0, share], np.r_[0, 1 - (1 - error) / share]), "green", width=1.6, dash=(6, 3))
    keep = np.unique(np.linspace(0, len(risk) - 1, 400).astype(int))
    canvas.line(axes.path(coverage[keep], risk[keep]), "blue", width=2.4, tip="this model")
    canvas.dot(axes.at(1, error), "blue", radius=4, tip=f"full coverage: {error:.3f}")
    return canvas
