"""What rejecting does: the answers that a rule withholds, and the error rate that is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.evaluation.measure import Units
from assay.evaluation.metrics import Sample
from assay.evaluation.share import share
from assay.measurement import Measurement
from assay.postprocess.reject import RejectRule


@dataclass(frozen=True)
class RejectEvidence:
    """What a reject rule does on images that it was not chosen on.

    Attributes:
        method: "none", "coverage", "risk".
        state: what was asked for and chosen, as the rule's `state()` gives it.
        threshold: answers of less confidence are withheld; None withholds all.
        coverage: share of the images that is answered.
        risk: share of the answered images that is wrong; undefined when none is answered.
        withheld_risk: share of the withheld images that would have been wrong; undefined when none is withheld.
    """

    method: str
    state: dict[str, Any]
    threshold: float | None
    coverage: Measurement
    risk: Measurement
    withheld_risk: Measurement

    def measured(self) -> dict[str, Measurement]:
        """The main numbers by their logged names."""
        return {"reject/coverage": self.coverage, "reject/risk": self.risk}


def measure_reject(
    rule: RejectRule, sample: Sample, own: Sample, units: Units, *, confidence: float = 0.95
) -> RejectEvidence:
    """What a fitted rule does on a sample.

    Args:
        rule: fitted on other images.
        sample: labels and calibrated probabilities.
        own: the same images with the model's probabilities before calibration.
        units: what counts as independent.
        confidence: level of the intervals.
    """
    given = ~rule.rejects(sample.probabilities, own.probabilities)
    wrong = ~sample.correct
    return RejectEvidence(
        method=rule.method,
        state=rule.state(),
        threshold=rule.threshold_,
        coverage=share(given, None, units, confidence=confidence),
        risk=share(wrong, given, units, confidence=confidence),
        withheld_risk=share(wrong, ~given, units, confidence=confidence),
    )
