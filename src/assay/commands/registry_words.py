"""What the commands about the registry have in common: their words, and the registry that these name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from omegaconf import DictConfig

from assay.config.words import Parted, Words

WHERE = (
    "name    of the registered model, short for registry.name; tracking.experiment without it\n"
    "Where runs are recorded: tracking=server tracking.uri=…, as in the training; a server keeps no history, so give\n"
    "registry.history=postgresql://USER@HOST/DATABASE, or the path of a SQLite file"
)


def words(*own: str, flags: Sequence[str] = (), **more: Any) -> Words:
    """What a command about the registry understands: `name`, its own words, and where runs and history are."""
    taken = ("tracking", "registry", "cache")
    return Words((*own, "name"), taken, "nothing is trained here", flags=tuple(flags), **more)


def config_of(parted: Parted) -> DictConfig:
    """The checked config of store and registry; `name` is short for `registry.name`."""
    if name := parted.own.get("name", "").replace("'", "\\'"):
        parted = replace(parted, rest=(*parted.rest, f"registry.name='{name}'"))
    return parted.config()


def parse_registry_words(
    arguments: Sequence[str], own: Sequence[str], flags: Sequence[str] = ()
) -> tuple[dict[str, str], DictConfig]:
    """The command's own words, and the checked config of store and registry.

    Args:
        arguments: what was typed.
        own: names of the command's own words; `name` is understood besides.
        flags: words that need no value.

    Raises:
        ConfigError: a word cannot be understood.
    """
    parted = words(*own, flags=flags).part(arguments)
    return parted.own, config_of(parted)
