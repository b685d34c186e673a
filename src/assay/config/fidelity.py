"""The node `fidelity`, whose values are no arguments of one class: its bounds."""

from __future__ import annotations

from typing import Any

from assay.config.bounds import AtLeast, Between
from assay.config.extras import require
from assay.errors import ConfigError

BOUNDS: dict[str, AtLeast | Between] = {
    "size": AtLeast(8),
    "resamples": AtLeast(0),
    "splits": AtLeast(2),
    "minimum": AtLeast(2),
    "components": AtLeast(2),
    "near": Between(0, 0.2),
}


def check_fidelity(values: dict[str, Any]) -> None:
    """Refuse values that cannot be.

    Raises:
        ConfigError: one is out of its bounds, fewer images are enough than a covariance has dimensions, or what the
            extractor needs is not installed.
    """
    for key, bound in BOUNDS.items():
        if values[key] is not None and not bound.holds(values[key]):
            raise ConfigError(f"fidelity.{key}: must be {bound}, got {values[key]}")
    if values["extractor"] == "inception_v3":
        require("fidelity.extractor=inception_v3", "torch_fidelity", "fidelity")
    if values["minimum"] < 2 * values["components"]:
        raise ConfigError(
            f"fidelity.minimum={values['minimum']}: must be at least twice fidelity.components="
            f"{values['components']}; fewer images give no covariance of so many components"
        )
