"""Refuse a division that cannot be kept; known without reading a picture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from assay.errors import ConfigError

OF_NO_USE = ("fold", "folds")
"""Keys that divide in a way of their own."""


def is_manifest_file(entry: str) -> bool:
    """Whether a division is named by the file of a manifest, and not by the id of a run."""
    return entry.endswith(".parquet")


def check_division(data: dict[str, Any]) -> None:
    """Hold the key `data.division` against what is there.

    Args:
        data: the node of the composed config as plain values.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    entry = data.get("division")
    if entry is None:
        return
    if is_manifest_file(str(entry)):
        if not Path(str(entry)).expanduser().is_file():
            raise ConfigError(
                f"data.division={entry}: no such file; a run's manifest is mlruns/work/RUN/manifest.parquet"
            )
    elif not re.fullmatch(r"[0-9a-f]{4,32}", str(entry)):
        raise ConfigError(
            f"data.division={entry}: must be the id of a run, as assay runs lists them, or the .parquet file of a "
            "saved manifest; an alias may name another run tomorrow"
        )
    for key in OF_NO_USE:
        if data.get(key) is not None:
            raise ConfigError(
                f"data.division={entry}: the division is recorded, so data.{key} has nothing to divide; leave one out"
            )
