"""The tracking store and the registered model that a config means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig

if TYPE_CHECKING:
    from assay.registry.registry import Registry
    from assay.tracking.store import TrackingStore


def store_of(config: DictConfig) -> TrackingStore:
    """The tracking store, opened.

    Raises:
        TrackingError: it does not answer.
    """
    from assay.run.workspace import open_store

    return open_store(config)


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


def known_models(config: DictConfig, store: TrackingStore) -> list[str]:
    """Names of the models that are registered or have a history, sorted."""
    from assay.registry.aliases import registered_names

    return sorted({*registered_names(store), *registry_of(config, store).ledger.models()})


def who(typed: str) -> str:
    """Who asks: the name that was typed, else the user of this machine."""
    from assay.tracking.process import source_tags

    return typed.strip() or source_tags(None)["mlflow.user"]
