"""The report's figures as PNG files, for MLflow's artifact list and for slides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.evaluation.evidence import Evidence
from assay.evaluation.report.canvas import Canvas, beside
from assay.evaluation.report.confusion import MOST_DRAWN, confusion_matrix
from assay.evaluation.report.learning import learning_curves
from assay.evaluation.report.per_class import per_class_bars
from assay.evaluation.report.png import to_png
from assay.evaluation.report.ranking import curves_chart, ranking_curves, with_key
from assay.evaluation.report.reliability import reliability_diagram
from assay.evaluation.report.selective import risk_coverage, risk_coverage_chart
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    import pandas as pd


def write_figures(
    folder: Path,
    *,
    evidence: Evidence,
    predictions: Predictions,
    probabilities: FloatArray,
    history: pd.DataFrame | None = None,
) -> list[Path]:
    """Write `reliability.png`, `per_class.png`, `curves.png`, up to 100 classes `confusion.png`, and `learning.png`.

    Arguments as in `write_report`.
    """
    drawn = {
        "reliability": beside(
            "Reliability before and after calibration",
            [
                reliability_diagram(evidence.calibration.before, "Before calibration"),
                reliability_diagram(evidence.calibration.after, f"After ({evidence.calibration.method})"),
            ],
        ),
        "per_class": per_class_bars(evidence),
        "curves": _curves(predictions, probabilities),
    }
    if len(evidence.class_names) <= MOST_DRAWN:
        drawn["confusion"] = confusion_matrix(evidence.confusion, evidence.class_names)
    charts = [] if history is None else learning_curves(history)
    if charts:
        drawn["learning"] = beside("Learning curves", charts)
    paths = []
    for name, canvas in drawn.items():
        path = folder / f"{name}.png"
        to_png(canvas, path)
        paths.append(path)
    return paths


def _curves(predictions: Predictions, probabilities: FloatArray) -> Canvas:
    roc, precision_recall = ranking_curves(predictions.labels, probabilities, predictions.class_names)
    charts = [
        with_key(curves_chart(roc, "ROC", "false positive rate", "true positive rate", chance=True), roc),
        with_key(
            curves_chart(precision_recall, "Precision and recall", "recall", "precision", chance=False),
            precision_recall,
        ),
        risk_coverage_chart(*risk_coverage(predictions.labels, probabilities)),
    ]
    return beside("ROC, precision-recall and risk-coverage curves", charts)
