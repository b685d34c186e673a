"""Refuse what cannot work among the options for reviewed labels; known without reading a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import ConfigError

KEYS = ("reviewed", "reviewed_test")


def check_reviewed(data: dict[str, Any]) -> None:
    """Hold the keys `data.reviewed…` against what is there.

    Args:
        data: the node of the composed config as plain values.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    for key in KEYS:
        entry = data.get(key)
        if entry is not None and not Path(str(entry), "labels.json").expanduser().is_file():
            raise ConfigError(
                f"data.{key}={entry}: must be a folder of reviewed labels, as assay review labels to=FOLDER writes it"
            )
    if data.get("reviewed_test") is not None and data.get("fold") is not None:
        raise ConfigError("data.reviewed_test: one test set cannot be that of each fold; leave data.fold out")
