"""Read a registered model's history, accept what does not hold where that is asked for, and verify it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import ConfigError, GateError, did_you_mean
from assay.registry.open_registry import known_models, registry_of, store_of, who
from assay.registry.request import HistoryRequest

if TYPE_CHECKING:
    from assay.registry.history import HistoryEntry


@dataclass(frozen=True)
class ReadHistory:
    """A history as it is now.

    Attributes:
        name: of the registered model.
        entries: the first one first.
        repairs: what a killed process had left, as sentences.
        findings: what does not hold, as sentences.
    """

    name: str
    entries: tuple[HistoryEntry, ...]
    repairs: tuple[str, ...]
    findings: tuple[str, ...]


def read_history(request: HistoryRequest, config: DictConfig) -> ReadHistory:
    """The history of the model that the config names.

    Raises:
        ConfigError: a reason or a name without `accept`.
        GateError: there is nothing to verify, or nothing to accept.
    """
    if not request.accept and (extra := [name for name in ("reason", "by") if getattr(request, name)]):
        raise ConfigError(f"{extra[0]}: goes with --accept; take it away")
    store = store_of(config)
    registry = registry_of(config, store)
    if request.verify and registry.name not in (names := known_models(config, store)):
        near = did_you_mean(registry.name, names) if names else "the registry is empty"
        raise GateError(f"{registry.name}: no such model, and no history of one, so nothing was verified; {near}")
    repairs = registry.finish_interrupted()
    if request.accept:
        registry.accept(reason=request.reason, author=who(request.by))
    findings = registry.verify()
    return ReadHistory(registry.name, tuple(registry.entries()), tuple(repairs), tuple(findings))
