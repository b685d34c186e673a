"""A model of the year: a calibrated logistic head on frozen embeddings, with a reject rule, answering as bundles do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cells import BINARY, STATISTICS, Cells
from sklearn.linear_model import LogisticRegression

from assay.data.image import Pixels
from assay.monitoring.profile import Profile, ProfileAbout
from assay.monitoring.reference import build_profile
from assay.postprocess.calibration import Calibrator, Temperature
from assay.postprocess.conformal import Conformal
from assay.postprocess.reject import CoverageRule, RejectRule
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions
from assay.predictor import Answerer

STRENGTHS = (1e-4, 1e-3, 1e-2)
"""Inverse weights of the penalty, of which the one with the smallest loss on val is taken: the recipe of every head."""


@dataclass(frozen=True, eq=False)
class Head(Answerer):
    """A head and the rules that it is served with.

    Attributes:
        weights: [D, 2].
        offset: [2].
        center, scale: [D], of the training embeddings.
        version: as the registry would count it.
    """

    weights: np.ndarray
    offset: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    version: str
    calibrator: Calibrator
    reject: RejectRule
    class_names: tuple[str, ...] = BINARY
    ordered: bool = False
    preprocessing: None = None
    ood: None = None
    conformal: Conformal | None = None

    def raw_predictions(self, images: Sequence[Pixels]) -> Predictions:
        """Not of the year: its pictures were embedded before."""
        raise NotImplementedError

    def predictions(self, cells: Cells, split: str) -> Predictions:
        """What the head makes of cells, before calibration."""
        logits = (cells.embeddings - self.center) / self.scale @ self.weights + self.offset
        return predictions_of(cells, logits, split)

    @property
    def bundle(self) -> str:
        """What stands for the sha256 of its bundle."""
        return f"{int(self.version):064x}"

    def profile(self, calib: Cells, test: Cells) -> Profile:
        """Its reference, as `assay promote` makes it of a bundle."""
        about = ProfileAbout(BINARY, STATISTICS, "float", self.bundle, {}, bundle=self.bundle)
        held_out = {"calib": self.predictions(calib, "calib"), "test": self.predictions(test, "test")}
        return build_profile(self, held_out, about)


def predictions_of(cells: Cells, logits: np.ndarray, split: str) -> Predictions:
    """Logits about cells."""
    return Predictions(
        ids=cells.ids,
        groups=cells.groups,
        split=split,
        labels=cells.labels,
        class_names=BINARY,
        logits=logits.astype(np.float32),
        embeddings=cells.embeddings,
        statistics=cells.statistics,
        statistics_names=STATISTICS,
    )


def train_head(train: Cells, weights: np.ndarray, val: Cells, calib: Cells, version: str) -> Head:
    """The recipe: the same for the first head and for each retraining.

    Args:
        train: to learn from.
        weights: [N], how often each counts.
        val: picks the strength of the penalty.
        calib: for temperature and reject rule.
        version: of the model.
    """
    center, scale = train.embeddings.mean(axis=0), train.embeddings.std(axis=0) + 1e-6
    best: tuple[float, LogisticRegression] | None = None
    for strength in STRENGTHS:
        fitted = LogisticRegression(C=strength, max_iter=300)
        fitted.fit((train.embeddings - center) / scale, train.labels, sample_weight=weights)
        probabilities = fitted.predict_proba((val.embeddings - center) / scale)
        loss = -float(np.log(np.clip(probabilities[np.arange(len(val.labels)), val.labels], 1e-9, 1)).mean())
        if best is None or loss < best[0]:
            best = loss, fitted
    assert best is not None
    fitted = best[1]
    both = np.stack([-fitted.coef_[0] / 2, fitted.coef_[0] / 2], axis=1)
    offset = np.array([-fitted.intercept_[0] / 2, fitted.intercept_[0] / 2])
    logits = (calib.embeddings - center) / scale @ both + offset
    held_out = predictions_of(calib, logits, "calib")
    calibrator = Temperature().fit(held_out)
    reject = CoverageRule(coverage=0.9).fit(held_out, softmax(calibrator.applied(held_out).logits))
    return Head(both, offset, center, scale, version, calibrator, reject)
