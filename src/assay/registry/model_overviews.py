"""Overviews of registered models: their versions, aliases, metrics and verdicts, and a page of the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import GateError, did_you_mean
from assay.registry.open_registry import known_models, registry_of, store_of
from assay.registry.request import ModelsRequest
from assay.run.workspace import is_absent, tracking_store

if TYPE_CHECKING:
    from assay.registry.report.overview import Overview
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class ModelOverviews:
    """What is known of registered models.

    Attributes:
        models: sorted by name.
        repairs: what killed processes had left, as sentences.
        page: of the same; None without models, and where runs are only read and no place was named.
    """

    models: tuple[Overview, ...]
    repairs: tuple[str, ...]
    page: Path | None


def model_overviews(request: ModelsRequest, config: DictConfig) -> ModelOverviews:
    """Look at the model that the config names, or at all, and write the page.

    Raises:
        GateError: there is no such model.
    """
    if is_absent(tracking_store(config)) and not config.registry.name:
        return ModelOverviews((), (), None)
    store = store_of(config)
    names = known_models(config, store)
    if config.registry.name and config.registry.name not in names:
        near = did_you_mean(config.registry.name, names) if names else "the registry is empty"
        raise GateError(f"{config.registry.name}: no such model; {near}")
    wanted = [config.registry.name] if config.registry.name else names
    read = [_overview(config, store, name) for name in wanted]
    models = tuple(overview for _, overview in read)
    has_page = models and (request.output or not store.is_read_only)
    page = _write(store, models, request.output) if has_page else None
    return ModelOverviews(models, tuple(sentence for repairs, _ in read for sentence in repairs), page)


def _overview(config: DictConfig, store: TrackingStore, name: str) -> tuple[list[str], Overview]:
    from assay.registry.aliases import registered
    from assay.registry.report.overview import overview
    from assay.registry.versions import versions

    registry = registry_of(config, store, name)
    repairs = registry.finish_interrupted()
    aliases = registered(store, name).aliases
    return repairs, overview(name, registry.entries(), versions(store, name), aliases, registry.verify())


def _write(store: TrackingStore, models: Sequence[Overview], output: str) -> Path:
    from assay.registry.report.page import write_page

    name = re.sub(r"[^\w.=+-]+", "-", models[0].name).strip("-.") if len(models) == 1 else "all"
    path = Path(output).expanduser() if output else store.work.parent / "models" / f"{name or 'model'}.html"
    write_page(path, models)
    return path
