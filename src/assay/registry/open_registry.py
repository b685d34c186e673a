"""The tracking store and the registered model that a config means."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.quoting import typed
from assay.tracking.client import tracking_errors
from assay.tracking.names import OF_BEFORE, default_model, is_of_before

if TYPE_CHECKING:
    from assay.registry.ledger import Ledger
    from assay.registry.registry import Registry
    from assay.tracking.store import TrackingStore


def store_of(config: DictConfig) -> TrackingStore:
    """The tracking store, opened.

    Raises:
        TrackingError: it does not answer.
    """
    from assay.run.workspace import open_store

    return open_store(config)


def registry_of(config: DictConfig, store: TrackingStore, name: str | None = None, *, dataset: str = "") -> Registry:
    """The registered model that is meant.

    Args:
        config: composed.
        store: whose registry it is in.
        name: of the model; None takes `registry.name`, else `tracking.experiment`, else what `tracking.names` says.
        dataset: name of the dataset that the command is about; "" for none.

    Raises:
        GateError: the name cannot be that of a model, or there is no database for the history.
        TrackingError: nobody has named it, and there are several, or none.
    """
    from assay.registry.registry import Registry

    name = name or config.registry.name or store.experiment or _unnamed(config, store, dataset)
    return Registry(store, name, history=config.registry.history)


def _unnamed(config: DictConfig, store: TrackingStore, dataset: str) -> str:
    from assay.registry.aliases import registered_names

    judged, registered = ledger_of(config, store).models(), registered_names(store)
    of_before = OF_BEFORE in registered or OF_BEFORE in judged
    if OF_BEFORE in registered:
        with tracking_errors("asking the model registry", store.uri, "See whether the store still answers"):
            of_before = is_of_before(OF_BEFORE, store.client.get_registered_model(OF_BEFORE).tags)
    known = sorted({*registered, *judged})
    return default_model(dataset, known, of_before=of_before, choice=partial(typed, "name"))


def ledger_of(config: DictConfig, store: TrackingStore) -> Ledger:
    """Where the histories of all models lie.

    Raises:
        GateError: there is no database for them.
    """
    from assay.registry.ledger import Ledger, history_url

    url = history_url(store.uri, config.registry.history)
    store.check()
    return Ledger(url)


def known_models(config: DictConfig, store: TrackingStore) -> list[str]:
    """Names of the models that are registered or have a history, sorted."""
    from assay.registry.aliases import registered_names

    return sorted({*registered_names(store), *ledger_of(config, store).models()})


def who(typed: str) -> str:
    """Who asks: the name that was typed, else the user of this machine."""
    from assay.tracking.process import source_tags

    return typed.strip() or source_tags(None)["mlflow.user"]
