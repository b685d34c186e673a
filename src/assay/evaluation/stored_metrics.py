"""Main metrics of an evidence file, read without the rest of it: a list of runs has no time for all of it."""

from __future__ import annotations

import json
from pathlib import Path

from assay.measurement import Measurement


def stored_metrics(path: Path) -> dict[str, Measurement]:
    """Metrics by their name in the evidence, with their intervals; empty where the file cannot be read as evidence.

    Args:
        path: of `evidence.json`.
    """
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))["metrics"]
        return {name: Measurement(**value) for name, value in metrics.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
