"""Finite: weights, answers and recorded numbers are numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.gate.case import Case
from assay.gate.check import Check, Finding

LARGEST = 1.7e308
"""MLflow's database has no infinity and holds the largest float instead."""


@dataclass(frozen=True)
class Finite(Check):
    """No NaN and no infinity in the weights, in the answers about the test images, or in what the run has logged."""

    hard: ClassVar[bool] = True

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "Every weight, every answer about the test images and every number of the run is finite"

    def evaluate(self, case: Case) -> Finding:
        """Look at each of them."""
        # Diverging losses of single epochs are no fault of what is served; what was measured is.
        metrics = case.run.record.metrics
        logged = [name for name, value in metrics.items() if _measured(name) and not _finite(value)]
        if logged:
            return Finding(False, f"the run has logged {len(logged)} numbers that are not finite (first: {logged[0]})")
        candidate = case.candidate
        state = candidate.bundle.float_predictor.network.state_dict()
        broken = [name for name, value in state.items() if not bool(value.isfinite().all())]
        if broken:
            return Finding(False, f"{len(broken)} of {len(state)} weights hold NaN or infinity (first: {broken[0]})")
        rows = candidate.probabilities
        if not np.isfinite(rows).all() or float(np.abs(rows.sum(axis=1) - 1).max()) > 1e-4:
            return Finding(False, "there are answers whose probabilities are not finite or do not sum to 1")
        shown = f"{len(state)} weights, {len(rows):,} answers and {len(metrics)} numbers of the run"
        return Finding(True, f"{shown} are finite")


def _measured(name: str) -> bool:
    return name.startswith(("test/", "ood/", "robust/", "cost/", "calibrated/", "reject/"))


def _finite(value: float) -> bool:
    return math.isfinite(value) and abs(value) < LARGEST
