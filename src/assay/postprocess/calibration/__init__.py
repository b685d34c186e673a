"""Calibrators: fitted on held-out logits, they turn logits into logits whose softmax can be believed."""

from __future__ import annotations

from typing import Any

from assay.postprocess.calibration.auto import Auto
from assay.postprocess.calibration.calibrator import CALIBRATORS, Calibrator
from assay.postprocess.calibration.false_alarms import FalseAlarms
from assay.postprocess.calibration.isotonic import Isotonic
from assay.postprocess.calibration.matrix import MatrixScaling
from assay.postprocess.calibration.none import NoCalibration
from assay.postprocess.calibration.temperature import Temperature
from assay.postprocess.calibration.temperature_smoothed import TemperatureSmoothed
from assay.postprocess.calibration.vector import VectorScaling

__all__ = [
    "CALIBRATORS",
    "Auto",
    "Calibrator",
    "FalseAlarms",
    "Isotonic",
    "MatrixScaling",
    "NoCalibration",
    "Temperature",
    "TemperatureSmoothed",
    "VectorScaling",
    "calibrator_from_state",
]


def calibrator_from_state(state: dict[str, Any]) -> Calibrator:
    """The calibrator whose `state()` this is.

    Raises:
        DataError: no such method in this version, or in a plug-in that is not installed.
    """
    calibrator: Calibrator = CALIBRATORS.restored(state)
    return calibrator
