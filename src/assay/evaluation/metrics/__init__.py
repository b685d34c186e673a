"""Metrics, one family per file: exact on the sample, vectorised over bootstrap resamples."""

from __future__ import annotations

from assay.evaluation.catalogue import join
from assay.evaluation.metrics.brier import BrierDecomposition
from assay.evaluation.metrics.calibration_error import CalibrationError
from assay.evaluation.metrics.class_calibration import ClassCalibrationError
from assay.evaluation.metrics.confusion import ConfusionMetrics
from assay.evaluation.metrics.family import MetricFamily
from assay.evaluation.metrics.likelihood import ProperScores
from assay.evaluation.metrics.ranking import RankingMetrics
from assay.evaluation.metrics.sample import Sample
from assay.evaluation.metrics.selective import SelectiveMetrics

__all__ = ["MetricFamily", "Sample", "families", "join_family"]

_joined: list[type[MetricFamily]] = []


def join_family(kind: type[MetricFamily]) -> None:
    """Turn on a family of a plug-in; doing it again changes nothing.

    From then on it is measured with the others, on calibrated probabilities, and its entries are in the catalogue, so
    that their pages show it, runs log it and comparisons make claims about it where they say so.

    Args:
        kind: made with a `Sample` alone.

    Raises:
        ConfigError: another metric has the name of one of its entries.
    """
    join(kind.entries)
    if kind not in _joined:
        _joined.append(kind)


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
        *(kind(calibrated) for kind in _joined),
    ]
    if uncalibrated is not None:
        chosen += [
            ProperScores(uncalibrated, suffix="_uncalibrated"),
            BrierDecomposition(uncalibrated, suffix="_uncalibrated"),
            CalibrationError(uncalibrated, suffix="_uncalibrated"),
            ClassCalibrationError(uncalibrated, suffix="_uncalibrated"),
        ]
    return chosen
