"""Reject rules: which answers are withheld, decided by a threshold that was chosen on held-out images."""

from __future__ import annotations

from typing import Any

from assay.errors import DataError, did_you_mean
from assay.postprocess.reject.coverage import CoverageRule
from assay.postprocess.reject.none import NoReject
from assay.postprocess.reject.risk import RiskRule
from assay.postprocess.reject.rule import RejectRule

__all__ = ["METHODS", "CoverageRule", "NoReject", "RejectRule", "RiskRule", "reject_rule_from_state"]

METHODS: dict[str, type[RejectRule]] = {rule.method: rule for rule in (NoReject, CoverageRule, RiskRule)}


def reject_rule_from_state(state: dict[str, Any]) -> RejectRule:
    """The rule whose `state()` this is.

    Raises:
        DataError: no such method in this version.
    """
    method = state.get("method", "")
    if method not in METHODS:
        raise DataError(f"reject {method!r}: no such method; {did_you_mean(str(method), METHODS)}")
    return METHODS[method].from_state(state)
