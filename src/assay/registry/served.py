"""Served: whether what a loader would answer with is, byte for byte, what the history says was promoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.deploy.mlflow.model import DIGEST, LOGGED, logged_model, place_of
from assay.deploy.mlflow.served_folder import served_problem
from assay.errors import AssayError
from assay.registry.history import HistoryEntry
from assay.registry.state import promoted, reigning_in, state_of
from assay.tracking.client import tracking_errors

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

READY = "READY"
REMEDY = "See whether the store still answers"


def served_findings(store: TrackingStore, known: Mapping[str, Any], entries: Sequence[HistoryEntry]) -> list[str]:
    """Where promoted versions would be read from, and what lies there for the champion and the one before.

    Args:
        store: whose registry loaders ask.
        known: versions of the model by number, as the registry has them.
        entries: of its history.
    """
    state = state_of(entries)
    looked_into = {state.champion.version if state.champion else "", state.previous}
    findings = []
    for number, entry in promoted(entries).items():
        reigning, due = reigning_in(entry), str(entry.values.get("place") or "")
        if reigning is None or not due or number not in known:
            continue
        places, problem = _places(store, known[number], reigning.bundle_digest)
        if problem:
            findings.append(f"version {number}: {problem}")
        for who, place in places.items():
            if _model_id(place) != _model_id(due):
                findings.append(f"version {number}: {who} {place!r:.200}, entry {entry.number} says {due!r:.200}")
        if number in looked_into or set(places.values()) != {due}:  # a project that was moved lies elsewhere, whole
            files = entry.values.get("files")
            beside = files if isinstance(files, dict) else None  # an earlier version did not write them
            problems = [
                served_problem(store, place, reigning.bundle_digest, beside) for place in dict.fromkeys(places.values())
            ]
            what = f"version {number}: what would be served is not what entry {entry.number} promoted"
            findings += [f"{what}: {problem}" for problem in problems if problem]
    return findings


def _places(store: TrackingStore, version: Any, digest: str) -> tuple[dict[str, str], str]:
    """Where MLflow and Assay would read a version from, by who would; and why one of them could not say."""
    try:
        with tracking_errors("asking where the version lies", store.uri, REMEDY):
            name, number = str(version.name), str(version.version)
            places = {"MLflow would load it from": str(store.client.get_model_version_download_uri(name, number))}
    except AssayError as error:
        return {}, f"nobody can load it: {error}"
    try:
        places["its logged model lies at"] = place_of(store, f"models:/{name}/{number}")
    except AssayError as error:
        return places, f"its logged model is gone: {error}"
    return places, _entry_problem(store, version, digest)


def _entry_problem(store: TrackingStore, version: Any, digest: str) -> str:
    """What MLflow's own entries of the version and its model say that keeps a loader from what was promoted."""
    model = logged_model(store, f"models:/{version.name}/{version.version}")
    if str(version.status) != READY or str(model.status) != READY:
        return f"nobody can load it: MLflow says {version.status} of the version and {model.status} of its model"
    if digest and model.tags.get(DIGEST) != digest:
        return f"its logged model says that it holds bundle {str(model.tags.get(DIGEST))[:12]}, not {digest[:12]}"
    return ""


def _model_id(place: str) -> str:
    """The logged model that a place is of; the place itself where it is of none."""
    named = LOGGED.search(place)
    return named["id"] if named else place
