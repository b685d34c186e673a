"""Refuse a guarantee that another part of the config would break."""

from __future__ import annotations

from typing import Any

from assay.config.traits import option_of, trait
from assay.errors import ConfigError


def guarantees_risk(values: dict[str, Any]) -> bool:
    """Whether a composed config asks for a guaranteed error rate."""
    return bool(trait(values["reject"]["_target_"], "guarantees_risk", unknown=True))


def changes_answers(node: dict[str, Any]) -> bool:
    """Whether a calibration may make another class the most probable; one that says nothing may."""
    kept_by = trait(node["_target_"], "keeps_answers_by", unknown="")
    kept = bool(kept_by) and node.get(kept_by) is not False
    return bool(trait(node["_target_"], "changes_answers", unknown=True)) and not kept


def check_reject(values: dict[str, Any]) -> None:
    """Hold the reject rule against the calibration.

    Args:
        values: the composed config as plain values.

    Raises:
        ConfigError: a guaranteed risk with a calibration that changes answers.
    """
    if guarantees_risk(values) and changes_answers(values["calibration"]):
        raise ConfigError(
            f"reject={option_of(values['reject'])} with a calibration that changes answers: it would learn from the "
            "same images which answer to give, and the error rate counted on them would be too low to guarantee "
            "anything. Use calibration=auto (without calibration.keep_answers=false), temperature, "
            "temperature_smoothed or none, or one whose class says changes_answers = False; or reject=coverage"
        )
