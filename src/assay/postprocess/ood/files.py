"""A fitted OOD rule on disk: one safetensors file, arrays as they are and the rest as JSON beside them; no pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from assay.errors import DataError
from assay.files import atomic_write
from assay.postprocess.ood.detector import DETECTORS
from assay.postprocess.ood.two_stage import TwoStage

KEY = "assay.ood"


def save_rule(rule: TwoStage, path: Path) -> None:
    """Write a fitted rule, whole or not at all."""
    from safetensors.numpy import save_file

    state = rule.state()
    detector: dict[str, Any] = DETECTORS.saved(rule.detector, state.pop("detector"))
    arrays = {name: np.ascontiguousarray(value) for name, value in detector.items() if isinstance(value, np.ndarray)}
    state["detector"] = {name: value for name, value in detector.items() if name not in arrays}
    with atomic_write(path) as temporary:
        save_file(arrays, temporary, metadata={KEY: json.dumps(state, allow_nan=False)})


def load_rule(path: Path) -> TwoStage:
    """Read what `save_rule` wrote.

    Raises:
        DataError: the file is missing or damaged, or its detector is unknown in this version.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as opened:
            state = json.loads((opened.metadata() or {})[KEY])
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping
        detector = DETECTORS.restored({**state["detector"], **arrays})
        return TwoStage.from_state(state, detector)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise DataError(f"{path}: cannot be read as an OOD rule: {error!r}") from error
