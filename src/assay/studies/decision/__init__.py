"""From a study to a decision: criteria that have to hold, a Pareto front, the choice, and why not the others."""

from __future__ import annotations

from assay.studies.decision.decide import decide
from assay.studies.decision.decision import Candidate, Decision
from assay.studies.decision.policy import Policy

__all__ = ["Candidate", "Decision", "Policy", "decide"]
