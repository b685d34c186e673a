"""Cross-validated log-likelihood of calibrators: what each says about images that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.data.stratified import divide
from assay.postprocess.calibration.calibrator import Calibrator
from assay.postprocess.softmax import log_softmax
from assay.predictions import Predictions


@dataclass(frozen=True)
class HeldOutLosses:
    """Losses of the same images under several calibrators, none of which has seen the image.

    Attributes:
        values: float64 [K, N], negative log-likelihood of each image under each of K calibrators.
        unit_of_image: [N], the group of each image from 0 to U - 1.
    """

    values: NDArray[np.float64]
    unit_of_image: NDArray[np.int64]

    def mean(self, index: int) -> float:
        """Mean loss under one of the calibrators; infinite where it ruled a true class out."""
        return float(self.values[index].mean())

    def difference(self, index: int, to: int) -> tuple[float, float]:
        """Mean of the paired difference of two finite losses, and its standard error over groups."""
        paired = self.values[index] - self.values[to]
        n, units = len(paired), int(self.unit_of_image.max()) + 1
        sums = np.bincount(self.unit_of_image, weights=paired - paired.mean(), minlength=units)
        if units < 2:
            return float(paired.mean()), float("inf")
        return float(paired.mean()), float(np.sqrt((sums**2).sum() * units / (units - 1)) / n)


def held_out_losses(
    candidates: Sequence[Calibrator], predictions: Predictions, *, folds: int, seed: int
) -> HeldOutLosses | None:
    """Losses by cross-validation, or None when there are not two groups to divide.

    Folds are stratified by class; a group is in one fold as a whole.

    Args:
        candidates: fitted again for each fold; what they learned last is of no use.
        predictions: of the split that may be learned from.
        folds: how many; fewer when there are fewer groups.
        seed: of the folds.
    """
    _, unit_of_image = np.unique(predictions.groups, return_inverse=True)
    units = int(unit_of_image.max()) + 1
    if units < 2:
        return None
    fold_of_image = divide(predictions.labels, predictions.groups.tolist(), [1.0] * min(folds, units), seed)
    values = np.empty((len(candidates), len(predictions)))
    for fold in np.unique(fold_of_image):
        held_out = fold_of_image == fold
        if held_out.all():
            return None
        seen, unseen = predictions.rows(~held_out), predictions.rows(held_out)
        for row, candidate in zip(values, candidates, strict=True):
            candidate.learn(seen)
            logs = log_softmax(candidate.transform(unseen.logits))
            row[held_out] = -logs[np.arange(len(unseen)), unseen.labels]
    return HeldOutLosses(values, unit_of_image.astype(np.int64))
