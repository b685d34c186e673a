"""Versions that may reign: those that the gate once let through, and what stands behind an alias."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import BundleError, GateError, TrackingError
from assay.registry.history import HistoryEntry
from assay.registry.state import Reigning, promoted, reigning_in, state_of

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore


def rollback_target(model: str, to: str, entries: Sequence[HistoryEntry], *, misplaced: bool) -> Reigning:
    """The version to go back to.

    Args:
        model: name of the registered model.
        to: version; "" takes the previous champion.
        entries: of the history.
        misplaced: whether an alias stands elsewhere than the history says, so that going back to the champion means
            something.

    Raises:
        GateError: there is none, it never passed, or it reigns already.
    """
    now = state_of(entries)
    passed = promoted(entries)
    version = to.strip() or now.previous
    choices = f"those that once passed are {', '.join(passed)}" if passed else "none was ever promoted"
    if not version:
        raise GateError(f"{model}: there is no previous champion to go back to; {choices}")
    if version not in passed:
        raise GateError(f"{model}: version {version} was never promoted by the gate; {choices}")
    if now.champion and version == now.champion.version and not misplaced:
        raise GateError(f"{model}: version {version} is champion already; {choices}")
    target = reigning_in(passed[version])
    assert target is not None
    return target


def ensure_opens(store: TrackingStore, model: str, target: Reigning, *, cache_dir: Path) -> None:
    """Return when the version is there, and its bundle as it was promoted.

    Raises:
        GateError: the version is gone, or its bundle does not open or is another one.
    """
    from assay.deploy.mlflow.model import fetch_bundle
    from assay.registry.versions import versions

    what = f"{model}: version {target.version} cannot reign again"
    if target.version not in versions(store, model):
        raise GateError(f"{what}: somebody has deleted it from the registry")
    try:
        digest = fetch_bundle(store, target.source, cache_dir=cache_dir).digest
    except (BundleError, TrackingError) as error:
        raise GateError(f"{what}, its bundle does not open: {error}") from error
    if digest != target.bundle_digest:
        raise GateError(f"{what}: its bundle is another one than was promoted ({digest[:12]})")


def standing(store: TrackingStore, model: str, version: str, entries: Sequence[HistoryEntry]) -> Reigning | None:
    """What is known of the version behind an alias; None for no version, or one that is gone."""
    from assay.registry.versions import versions

    registered = versions(store, model).get(version)
    if registered is None:
        return None
    if version in (known := promoted(entries)):
        return reigning_in(known[version])
    tags = registered.tags
    return Reigning(
        version,
        registered.run_id or "",
        registered.source or "",
        tags.get("bundle_digest", ""),
        tags.get("test_digest", ""),
    )
