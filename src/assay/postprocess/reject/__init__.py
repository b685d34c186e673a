"""Reject rules: which answers are withheld, decided by a threshold that was chosen on held-out images."""

from __future__ import annotations

from typing import Any

from assay.postprocess.reject.coverage import CoverageRule
from assay.postprocess.reject.none import NoReject
from assay.postprocess.reject.risk import RiskRule
from assay.postprocess.reject.rule import REJECT_RULES, RejectRule

__all__ = ["REJECT_RULES", "CoverageRule", "NoReject", "RejectRule", "RiskRule", "reject_rule_from_state"]


def reject_rule_from_state(state: dict[str, Any]) -> RejectRule:
    """The rule whose `state()` this is.

    Raises:
        DataError: no such method in this version, or in a plug-in that is not installed.
    """
    rule: RejectRule = REJECT_RULES.restored(state)
    return rule
