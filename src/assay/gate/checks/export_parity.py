"""ExportParity: every form in the bundle says what the model says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.config.bounds import Between
from assay.deploy.bundle.answering import predict_files
from assay.deploy.bundle.format import FLOAT, INT8
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.gate.scored_bundle import ScoredBundle
from assay.predictions import FloatArray


@dataclass(frozen=True)
class ExportParity(Check):
    """The answers of every form about the test images, asked now, against those of the weights.

    Attributes:
        agreement: share of the images on which a form has the label of the weights, at least.
        difference: of any probability of a float form, at most; INT8 is held to the labels alone.
    """

    hard: ClassVar[bool] = True
    stricter: ClassVar[dict[str, str]] = {"agreement": "higher", "difference": "lower"}
    agreement: Annotated[float, Between(0.5, 1)] = 0.99
    difference: Annotated[float, Between(0, 1)] = 0.05

    @property
    def asked(self) -> str:
        """What is asked for."""
        return f"Every exported form gives the label of the weights for {self.agreement:.1%} of the test images or more"

    def evaluate(self, case: Case) -> Finding:
        """Ask each of them."""
        candidate = case.candidate
        about = candidate.bundle.about
        if not (names := [name for name, known in about.formats.items() if known.file]):
            return Finding(True, "there are none beside the weights")
        weights = _logits_of(candidate, FLOAT)
        shown: list[str] = []
        lacking: list[str] = []
        for name in names:
            outputs = _logits_of(candidate, name)
            if not np.isfinite(outputs).all():
                lacking.append(f"{name} gives what is not a number")
                continue
            agreement = float((outputs.argmax(axis=1) == weights.argmax(axis=1)).mean())
            away = float(np.abs(outputs - weights).max())
            words = f"{name}: {agreement:.4f} of the labels, probabilities within {away:.2g}"
            fails = not agreement >= self.agreement or (name != INT8 and not away <= self.difference)
            (lacking if fails else shown).append(words)
        return Finding(not lacking, "; ".join(lacking or shown))


def _logits_of(candidate: ScoredBundle, name: str) -> FloatArray:
    """Calibrated probabilities of one form, in the order of the images."""
    if name == candidate.bundle.about.serves:
        return candidate.probabilities
    answerer = candidate.bundle.answerer(name)
    outputs = predict_files(
        answerer.raw_predictions, candidate.images, answerer.samples, what=f"scoring the candidate's {name}"
    )
    return answerer.probabilities(outputs)
