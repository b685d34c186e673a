"""Compose the config of a training from words as on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig


def compose(overrides: Sequence[str] = ()) -> DictConfig:
    """The config that these words make, checked; nothing is trained.

    Args:
        overrides: as behind `assay train`: `["model=efficientnet_b0", "aug=mixup", "data.root=photos"]`.

    Raises:
        ConfigError: a word names no group, option or key, or its value cannot be; the message has the nearest one.
    """
    from assay.config.check import check
    from assay.config.compose import compose as composed

    config = composed(overrides)
    check(config)
    return config
