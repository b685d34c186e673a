"""Make a version champion again that once was let through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig

from assay.errors import AssayError, ConfigError
from assay.output import say
from assay.registry.open_registry import registry_of, store_of, who
from assay.registry.request import RollbackRequest


@dataclass(frozen=True)
class RolledBack:
    """What a rollback leaves.

    Attributes:
        name: of the registered model.
        version: that is champion again.
        previous: version that was champion before; "" for none.
        overridden_by: who let the version through against the gate; "" for nobody.
        author: who asked.
        reason: why.
        repairs: what a killed process had left, as sentences.
    """

    name: str
    version: str
    previous: str
    overridden_by: str
    author: str
    reason: str
    repairs: tuple[str, ...]


def roll_back(request: RollbackRequest, config: DictConfig) -> RolledBack:
    """Move the champion back and write why into the history.

    Raises:
        ConfigError: the version is no number.
        GateError: there is no such version, or it was never let through.
    """
    to = request.to.strip()
    if to and not to.isdecimal():
        raise ConfigError(f"to={to}: must be the number of a version, or be left out for the previous champion")

    from assay.registry.state import let_through

    registry = registry_of(config, store_of(config))
    repairs: list[str] = []
    author = who(request.by)
    try:
        cache = Path(config.cache).expanduser()
        version = registry.rollback(to, reason=request.reason, author=author, cache_dir=cache, repairs=repairs)
    except AssayError:
        for sentence in repairs:  # what was repaired is said even where the rollback is refused
            say(f"• {sentence}", to_stderr=True)
        raise
    return RolledBack(
        name=registry.name,
        version=str(version),
        previous=str(registry.state().previous or ""),
        overridden_by=let_through(registry.entries(), version) or "",
        author=author,
        reason=request.reason,
        repairs=tuple(repairs),
    )
