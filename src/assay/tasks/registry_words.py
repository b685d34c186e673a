"""What the commands about the registry have in common: their words, and the registry that these name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.check import check
from assay.config.compose import compose
from assay.config.targets import build
from assay.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from assay.registry.registry import Registry
    from assay.tracking.store import TrackingStore

TAKEN = ("tracking", "registry", "cache")
WHERE = (
    "name    of the registered model, short for registry.name; tracking.experiment without it\n"
    "Where runs are recorded: tracking=server tracking.uri=…, as in the training; a server keeps no history, so give\n"
    "registry.history=postgresql://USER@HOST/DATABASE, or the path of a SQLite file"
)


def understood(
    arguments: Sequence[str], own: Sequence[str], flags: Sequence[str] = ()
) -> tuple[dict[str, str], DictConfig]:
    """The command's own words, and the checked config of store and registry.

    Args:
        arguments: what was typed.
        own: names of the command's own words; `name` is understood besides.
        flags: words without a value, which may begin with two dashes; they come as "true".

    Raises:
        ConfigError: a word cannot be understood.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    for word in arguments:
        name, equals, value = word.partition("=")
        plain = name.lstrip("-") if name.startswith("--") else name
        if plain in flags:
            if equals and value.lower() not in ("true", "false"):
                raise ConfigError(f"{word}: must be true or false, got {value!r}")
            found[plain] = value.lower() or "true"
        elif equals and plain in own:
            found[plain] = value
        elif equals and plain == "name":
            quoted = value.replace("'", "\\'")
            rest.append(f"registry.name='{quoted}'")
        else:
            rest.append(word)
    words = [f"{name}=" for name in (*own, "name", *TAKEN)] + [f"--{name}" for name in flags]
    for word in rest:
        if "=" not in word or not word.lstrip("+~").startswith(TAKEN):
            raise ConfigError(f"{word}: cannot be understood here; {did_you_mean(word, words)}")
    config = compose(rest)
    check(config)
    return found, config


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
