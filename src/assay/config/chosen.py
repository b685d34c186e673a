"""Overrides divided into those that choose options, which take Hydra long and are few, and those that set values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig


def divided(words: Sequence[str], folders: Sequence[Path]) -> tuple[tuple[str, ...], list[Override]] | None:
    """The words that choose options, in their order, and the overrides that set values, by Hydra's own rule.

    Args:
        words: overrides, as Hydra is to read them.
        folders: of options.

    Returns:
        None where something is for Hydra alone to see: one of its own keys, several values, a package.

    Raises:
        HydraException: a word cannot be understood.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser

    options, values = [], []
    for word, override in zip(words, OverridesParser.create().parse_overrides(list(words)), strict=True):
        key = override.key_or_group
        if override.is_sweep_override() or override.package is not None or override.is_hydra_override():
            return None
        if any((folder / key).is_dir() for folder in folders) and not isinstance(override.value(), dict):
            options.append(word)
        else:
            values.append(override)
    return tuple(options), values


def set_values(config: DictConfig, values: list[Override]) -> None:
    """Do with a config what Hydra does with the overrides that choose no option.

    Raises:
        HydraException: a key is not there, or a value does not fit.
    """
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

    ConfigLoaderImpl._apply_overrides_to_config(values, config)
