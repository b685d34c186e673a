"""Versions of a registered model: made from a bundle, tagged with what is known of it, and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.evaluation.catalogue import MAIN
from assay.gate.verdict import Verdict
from assay.registry.aliases import REMEDY
from assay.tracking.client import tracking_errors
from assay.tracking.limits import cut

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

STATE, PENDING, PROMOTED = "state", "pending", "promoted"
MOST = 5000
"""Characters that MLflow takes as the value of a version's tag."""


def version_tags(verdict: Verdict) -> dict[str, str]:
    """What a version says of itself, without its state.

    Args:
        verdict: that let it pass.
    """
    main = verdict.metrics.get(MAIN)
    tags = {
        "date": verdict.time[:10],
        "backbone": verdict.backbone,
        "macro_f1": str(main) if main is not None else "not measured",
        "gate": verdict.gate,
        "run": verdict.run_id,
        "bundle_digest": verdict.bundle_digest,
        "verdict_digest": verdict.digest,
        "test_digest": verdict.test_digest,
    }
    if verdict.serves:
        tags["serves"] = verdict.serves
    if verdict.override is not None:
        tags |= {"override_by": verdict.override.by, "override_reason": verdict.override.reason}
    return {name: cut(value, MOST) for name, value in tags.items()}


def create_version(store: TrackingStore, model: str, source: str, place: str, run_id: str, tags: dict[str, str]) -> str:
    """Make a version that is pending, and give its number.

    Args:
        store: whose registry is written.
        model: name of the registered model.
        source: logged model that it is made from, `models:/m-…`.
        place: where that one's artifacts lie; MLflow's SQL registry would look it up in its global store, whatever the
            client's.
        run_id: that made the model.
        tags: of the version.
    """
    model_id = source.removeprefix("models:/")
    with tracking_errors("registering the version", store.uri, REMEDY):
        made = store.client.create_model_version(model, place, run_id, tags={**tags, STATE: PENDING}, model_id=model_id)
    return str(made.version)


def mark_promoted(store: TrackingStore, model: str, version: str) -> None:
    """A version is no longer pending; one that somebody has deleted is left to the audit, which says so."""
    from mlflow.exceptions import MlflowException

    with tracking_errors("marking the version", store.uri, REMEDY):
        try:
            store.client.set_model_version_tag(model, version, STATE, PROMOTED)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise


def delete_version(store: TrackingStore, model: str, version: str) -> None:
    """Take away a version that was never promoted; the logged model it was made from stays with its run."""
    with tracking_errors("taking the version away", store.uri, REMEDY):
        store.client.delete_model_version(model, version)


def versions(store: TrackingStore, model: str) -> dict[str, Any]:
    """MLflow's versions of a model by number, the first one first."""
    with tracking_errors("asking the model registry", store.uri, REMEDY):
        models: list[Any] = []
        token = None
        while True:
            page = store.client.search_model_versions(f"name='{model}'", page_token=token)
            models += page
            token = page.token
            if not token:
                break
    return {str(version.version): version for version in sorted(models, key=lambda version: int(version.version))}
