"""Refuse a guarantee that another part of the config would break."""

from __future__ import annotations

from typing import Any

from assay.errors import ConfigError

CHANGE_ANSWERS = ("VectorScaling", "MatrixScaling", "Isotonic", "FalseAlarms")


def guarantees_risk(values: dict[str, Any]) -> bool:
    """Whether a composed config asks for a guaranteed error rate."""
    return str(values["reject"]["_target_"]).endswith(".RiskRule")


def check_reject(values: dict[str, Any]) -> None:
    """Hold the reject rule against the calibration.

    Args:
        values: the composed config as plain values.

    Raises:
        ConfigError: a guaranteed risk with a calibration that changes answers.
    """
    kind = str(values["calibration"]["_target_"]).rpartition(".")[2]
    changes = kind in CHANGE_ANSWERS or (kind == "Auto" and values["calibration"].get("keep_answers") is False)
    if guarantees_risk(values) and changes:
        raise ConfigError(
            "reject=risk with a calibration that changes answers: it would learn from the same images which answer to "
            "give, and the error rate counted on them would be too low to guarantee anything. Use calibration=auto "
            "(without calibration.keep_answers=false), temperature, temperature_smoothed or none; or reject=coverage"
        )
