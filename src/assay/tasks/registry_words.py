"""What the commands about the registry have in common: their words, and the registry that these name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.config.targets import build
from assay.config.words import Parted, Words

if TYPE_CHECKING:
    from assay.registry.registry import Registry
    from assay.tracking.store import TrackingStore

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


def understood(
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


def store_of(config: DictConfig) -> TrackingStore:
    """The tracking store, opened.

    Raises:
        TrackingError: it does not answer.
    """
    store: TrackingStore = build(config.tracking)
    store.check()
    return store


def registry_of(config: DictConfig, store: TrackingStore, name: str | None = None) -> Registry:
    """The registered model that is meant.

    Args:
        config: composed.
        store: whose registry it is in.
        name: of the model; None takes `registry.name`, and the experiment's name where that is null.

    Raises:
        GateError: the name cannot be that of a model, or there is no database for the history.
    """
    from assay.registry.registry import Registry

    return Registry(store, name or config.registry.name or store.experiment, history=config.registry.history)


def who(typed: str) -> str:
    """Who asks: the name that was typed, else the user of this machine."""
    from assay.tracking.process import source_tags

    return typed.strip() or source_tags(None)["mlflow.user"]
