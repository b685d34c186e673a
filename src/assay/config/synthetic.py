"""Refuse what cannot work among the options for generated training images; known without reading a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from assay.config.bounds import Between
from assay.errors import ConfigError, did_you_mean

CLASSES = ("all", "minority")
RATIOS, PSEUDO_RATIOS = Between(0, 100), Between(0.01, 10)
"""More images for each real one than anybody means take the memory of the machine."""
BETWEEN = "between_classes"


def check_synthetic(values: dict[str, Any]) -> None:
    """Hold the keys `data.synthetic…`, `data.repeat_ratio` and `data.pseudo_ratio` against each other.

    Args:
        values: the composed config as plain values.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    data = values["data"]
    _check_ratio("synthetic_ratio", data["synthetic_ratio"], may_be_null=True)
    _check_ratio("repeat_ratio", data["repeat_ratio"])
    if not PSEUDO_RATIOS.holds(ratio := data.get("pseudo_ratio", 0.5)):
        raise ConfigError(f"data.pseudo_ratio: must be {PSEUDO_RATIOS}, got {ratio}")
    _check_classes(data["synthetic_classes"])
    _check_limits(data["synthetic_limits"])
    if data["synthetic_generators"] is not None and not data["synthetic_generators"]:
        raise ConfigError("data.synthetic_generators: names none; null takes all")
    if data["synthetic"] == "":
        raise ConfigError("data.synthetic: a value is needed; null takes no generated images")
    if data["synthetic"] is not None and not Path(str(data["synthetic"])).expanduser().exists():
        raise ConfigError(f"data.synthetic={data['synthetic']}: no such file or folder")


def _check_ratio(key: str, ratio: float | None, *, may_be_null: bool = False) -> None:
    if ratio is None and may_be_null:
        return
    if ratio is None or not RATIOS.holds(ratio):
        raise ConfigError(f"data.{key}: must be {RATIOS}, got {ratio}")


def _check_classes(asked: Any) -> None:
    if isinstance(asked, str) and asked not in CLASSES:
        raise ConfigError(
            f"data.synthetic_classes={asked}: {did_you_mean(asked, CLASSES)}, or a list of names: [{asked}]"
        )
    if not isinstance(asked, str) and not (isinstance(asked, list) and asked):
        raise ConfigError(f"data.synthetic_classes: must be all, minority or a list of names, got {asked!r}")


def _check_limits(limits: dict[str, Any]) -> None:
    kid = limits["kid"]
    if not (kid is None or kid == BETWEEN or (isinstance(kid, int | float) and not isinstance(kid, bool))):
        raise ConfigError(f"data.synthetic_limits.kid: must be a number, null or {BETWEEN}, got {kid!r}")
    numbers = {key: limits[key] for key in ("copies", "f1_loss", "images")}
    numbers |= {} if isinstance(kid, str) else {"kid": kid}
    numbers |= {f"fid.{name}": limit for name, limit in (limits["fid"] or {}).items()}
    for key, limit in numbers.items():
        if limit is not None and not (math.isfinite(limit) and limit >= 0):
            raise ConfigError(f"data.synthetic_limits.{key}: must be 0 or above, or null, got {limit}")
