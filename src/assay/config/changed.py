"""A config with other values: a checked config is read-only, and whoever needs another one takes a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict, read_write


def changed(config: DictConfig, values: Mapping[str, Any]) -> DictConfig:
    """A read-only copy with other values.

    Args:
        config: stays as it is.
        values: dotted key -> value: `{"data.on_error": "skip"}`.
    """
    copy = config.copy()
    with read_write(copy), open_dict(copy):
        for key, value in values.items():
            OmegaConf.update(copy, key, value, merge=False)
    OmegaConf.set_readonly(copy, True)
    return copy
