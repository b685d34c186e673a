"""AnswersAlone: the bundle loads in a fresh process and gives the same answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.config.bounds import AtLeast, Between
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.gate.fresh_process import answers_in_fresh_process


@dataclass(frozen=True)
class AnswersAlone(Check):
    """A process with an empty cache, no network and no unpickling answers about test images as the gate's own did.

    Attributes:
        images: that are answered about, spread over the test set.
        tolerance: of each probability, absolute.
        within_seconds: that loading and answering may take together.
    """

    hard: ClassVar[bool] = True
    stricter: ClassVar[dict[str, str]] = {"images": "higher", "tolerance": "lower", "within_seconds": "either"}
    images: Annotated[int, AtLeast(1)] = 16
    tolerance: Annotated[float, Between(0, 0.1)] = 1e-3
    within_seconds: Annotated[float, AtLeast(1)] = 600

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "Loads and answers in a fresh process, without network and without pickles, as it does here"

    def evaluate(self, case: Case) -> Finding:
        """Start the process and compare."""
        candidate = case.candidate
        test = candidate.images
        rows = np.unique(np.linspace(0, len(test) - 1, min(self.images, len(test))).round().astype(int))
        expected = candidate.probabilities[rows]
        paths = test.paths
        answers = answers_in_fresh_process(
            candidate.bundle.folder, [paths[row] for row in rows], seconds=self.within_seconds
        )
        if answers.shape != expected.shape:
            return Finding(False, f"it gave answers of shape {answers.shape}; {expected.shape} are needed")
        away = float(np.abs(answers - expected).max())
        if not away <= self.tolerance:
            return Finding(False, f"its probabilities differ by up to {away:.3g}, {self.tolerance:g} is let pass")
        return Finding(True, f"{len(rows)} answers within {away:.1e}")
