"""Metrics, one family per file: exact on the sample, vectorised over bootstrap resamples."""

from __future__ import annotations

from assay.evaluation.metrics.brier import BrierDecomposition
from assay.evaluation.metrics.calibration_error import CalibrationError
from assay.evaluation.metrics.class_calibration import ClassCalibrationError
from assay.evaluation.metrics.confusion import ConfusionMetrics
from assay.evaluation.metrics.family import MetricFamily
from assay.evaluation.metrics.likelihood import ProperScores
from assay.evaluation.metrics.ranking import RankingMetrics
from assay.evaluation.metrics.sample import Sample
from assay.evaluation.metrics.selective import SelectiveMetrics

__all__ = ["MetricFamily", "Sample", "families"]


def families(calibrated: Sample, uncalibrated: Sample | None = None) -> list[MetricFamily]:
    """Every metric of a sample; those of confidence also before calibration, with the suffix `_uncalibrated`."""
    chosen: list[MetricFamily] = [
        ConfusionMetrics(calibrated),
        RankingMetrics(calibrated),
        ProperScores(calibrated),
        BrierDecomposition(calibrated),
        CalibrationError(calibrated),
        ClassCalibrationError(calibrated),
        SelectiveMetrics(calibrated),
    ]
    if uncalibrated is not None:
        chosen += [
            ProperScores(uncalibrated, suffix="_uncalibrated"),
            BrierDecomposition(uncalibrated, suffix="_uncalibrated"),
            CalibrationError(uncalibrated, suffix="_uncalibrated"),
            ClassCalibrationError(uncalibrated, suffix="_uncalibrated"),
        ]
    return chosen
