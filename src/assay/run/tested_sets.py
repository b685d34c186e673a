"""The test images of registered models, which nothing that is compared with them may have learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.errors import AssayError
from assay.run.recorded_run import RecordedRun
from assay.run.workspace import is_absent, open_store, tracking_store
from assay.tracking.client import tracking_errors

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.tracking.store import TrackingStore


def tested_sets(config: DictConfig) -> tuple[dict[str, Manifest], list[str]]:
    """By the name of each registered version, its test images as its run recorded them; and what could not be read.

    Versions that were measured on the same images are named together, and their images are read once. Nothing is made
    where nothing was recorded yet, and a store that does not answer is said.

    Args:
        config: composed, for where runs are recorded.
    """
    try:
        if is_absent(tracking_store(config)):
            return {}, []
        store = open_store(config)
        versions = _versions(store)
    except AssayError as error:
        return {}, [f"the test sets of registered models could not be asked for: {error}"]
    by_set: dict[str, list[Any]] = {}
    for version in versions:
        by_set.setdefault(version.tags.get("test_digest") or version.run_id, []).append(version)
    sets: dict[str, Manifest] = {}
    notes = []
    for own in by_set.values():
        name = ", ".join(f"{version.name} version {version.version}" for version in own)
        try:
            sets[name] = RecordedRun(store.find(own[-1].run_id)).manifest.only("test")
        except AssayError as error:
            notes.append(f"the test images of {name} could not be read: {error}")
    return sets, notes


def _versions(store: TrackingStore) -> list[Any]:
    """All versions that were made by a run, the first of each model first."""
    versions: list[Any] = []
    token = None
    with tracking_errors("asking the model registry", store.uri, "See whether the store still answers"):
        while True:
            page = store.client.search_model_versions("", page_token=token)
            versions += page
            token = page.token
            if not token:
                break
    named = [version for version in versions if version.run_id]
    return sorted(named, key=lambda version: (version.name, int(version.version)))
