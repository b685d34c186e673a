"""The report's figures as PNG files, for MLflow's artifact list and for slides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.evaluation.evidence import Evidence
from assay.evaluation.report.canvas import Canvas, beside
from assay.evaluation.report.confusion import confusion_matrix
from assay.evaluation.report.learning import learning_curves
from assay.evaluation.report.per_class import per_class_bars
from assay.evaluation.report.png import to_png
from assay.evaluation.report.ranking import curves_chart, ranking_curves
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
    """Write `reliability.png`, `confusion.png`, `per_class.png` and `curves.png`; with a history also `learning.png`.

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
        "confusion": confusion_matrix(evidence.confusion, evidence.class_names),
        "per_class": per_class_bars(evidence),
        "curves": _curves(predictions, probabilities),
    }
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
        curves_chart(roc, "ROC", "false positive rate", "true positive rate", chance=True),
        curves_chart(precision_recall, "Precision and recall", "recall", "precision", chance=False),
        risk_coverage_chart(*risk_coverage(predictions.labels, probabilities)),
    ]
    return beside("ROC, precision-recall and risk-coverage curves", charts)
