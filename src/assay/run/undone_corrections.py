"""Say when calibration takes back what sampler or loss did for rare classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf

from assay.config.imbalance import corrections
from assay.predictions import FloatArray, IntArray, Predictions

WORTH_SAYING = 0.01


def undone_corrections(config: DictConfig, predictions: Predictions, probabilities: FloatArray) -> tuple[str, ...]:
    """A sentence for the evidence, or none.

    A calibrator with a bias per class learns the frequencies of the calib images, and so moves answers from rare
    classes back to frequent ones. A temperature cannot.

    Args:
        config: composed and checked.
        predictions: of the test split, before calibration.
        probabilities: [N, C], calibrated.
    """
    values: Any = OmegaConf.to_container(config, resolve=True)
    corrected_by = corrections(values)
    before, after = (
        predictions.require_raw("what calibration takes back").logits.argmax(axis=1),
        probabilities.argmax(axis=1),
    )
    recalls = [_mean_recall(predictions.labels, answers) for answers in (before, after)]
    if not corrected_by or recalls[0] - recalls[1] < WORTH_SAYING:
        return ()
    return (
        f"Calibration takes back a part of what {' and '.join(corrected_by)} did for rare classes: it moves "
        f"{int((before != after).sum())} of {len(before)} answers, and balanced accuracy goes from {recalls[0]:.3f} to "
        f"{recalls[1]:.3f}. calibration=temperature leaves answers alone.",
    )


def _mean_recall(labels: IntArray, answers: IntArray) -> float:
    return float(np.mean([(answers[labels == label] == label).mean() for label in np.unique(labels)]))
