"""A bundle as an MLflow model: logged to its run, and fetched back verified."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.deploy.bundle.bundle import ABOUT, Bundle
from assay.deploy.bundle.packing import packed
from assay.deploy.mlflow.folder import INSIDE, save_mlflow_model
from assay.deploy.mlflow.promoted import ensure_promoted
from assay.disk import note_use
from assay.errors import BundleError
from assay.tracking.artifact_uri import local_path
from assay.tracking.client import tracking_errors
from assay.tracking.registered import MODEL, version_of_model

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

DIGEST = "assay.bundle_digest"
TEST_DIGEST = "assay.test_digest"
LOGGED = re.compile(r"(?:^models:/|/)(?P<id>m-[0-9a-f]{32})(?:/artifacts)?/?$")
"""A logged model: its URI, or the place of its artifacts."""


def log_bundle(store: TrackingStore, bundle: Bundle) -> str:
    """Log a bundle as an MLflow model to the run that it was made from; one that is logged already is not logged again.

    MLflow keeps the bundle's files as they are, a few lines of code that name this package, a signature, an example and
    what to install (this package, with the versions installed here as constraints); no pickle and no path of this
    machine. Nothing global in MLflow is changed, so several threads may log to several stores.

    Args:
        store: that holds the run.
        bundle: from `Bundle.open`.

    Returns:
        `models:/m-…`, what a version of a registered model is made from.

    Raises:
        TrackingError: the run is not in the store, or the store does not take the model.
        BundleError: the bundle was changed since it was opened.
    """
    digest = bundle.digest
    known = _logged_before(store, bundle, digest)
    if known is not None:
        return known
    with (
        tempfile.TemporaryDirectory(prefix="assay-model-") as temporary,
        _logged_model(store, bundle, digest) as model,
    ):
        folder = Path(temporary) / "model"
        save_mlflow_model(folder, bundle, model_id=model.model_id, artifact_uri=model.artifact_location)
        if Bundle.open(folder / INSIDE, cache_dir=bundle.cache_dir).digest != digest:
            raise BundleError(f"{bundle.folder}: was changed while it was logged; nothing was kept of it")
        store.client.log_model_artifacts(model.model_id, str(folder))
    return f"models:/{model.model_id}"


def fetch_bundle(store: TrackingStore, source: str, *, cache_dir: Path, history: str | None = None) -> Bundle:
    """The bundle inside a logged model, every file of it held against its sha256, and its list against the store.

    What stands for a version of a registered model is held against the history too: nothing answers as champion, or as
    a version that was promoted, but the bundle that was.

    Args:
        store: that holds the model.
        source: `models:/m-…`, the place of such a model's artifacts, `NAME@ALIAS`, `models:/NAME@ALIAS` or
            `models:/NAME/VERSION`.
        cache_dir: takes a copy of what lies on another machine, and networks that are exported for this one.
        history: database of the history, as `registry.history` has it; None takes the tracking database.

    Raises:
        TrackingError: there is no such model, alias or version, or the store does not answer.
        BundleError: the model was not logged by `log_bundle`, not to its end, or holds another bundle than was logged
            or promoted.
    """
    model = logged_model(store, source)
    digest = model.tags.get(DIGEST)
    if digest is None:
        raise BundleError(f"{source}: was logged without a bundle; a run is logged with one by assay promote run=…")
    if model.status != "READY":
        raise BundleError(f"{source}: was not logged to its end (MLflow says {model.status}); log it again")
    bundle = Bundle.open(_local(store, model, cache_dir / "bundles" / digest), cache_dir=cache_dir)
    if bundle.digest != digest:
        raise BundleError(f"{source}: holds another bundle than was logged (its list of files differs); do not use it")
    if (words := MODEL.fullmatch(source)) is not None:
        version = version_of_model(store, source)
        ensure_promoted(version, words["alias"] or "", digest, database=history or store.uri)
    return bundle


def place_of(store: TrackingStore, uri: str) -> str:
    """Where a logged model's artifacts lie: the source of a version that MLflow takes without looking anything up.

    `create_model_version` resolves a `models:/m-…` source by MLflow's global store (3.17), which may be another one. A
    tracking server takes the place only together with the arguments `run_id` and `model_id`.

    Raises:
        TrackingError: there is no such model.
        BundleError: the words name no logged model.
    """
    return str(logged_model(store, uri).artifact_location)


def _logged_before(store: TrackingStore, bundle: Bundle, digest: str) -> str | None:
    """The URI of a sound model that holds the same bundle, in the same run."""
    with tracking_errors("looking for the model", store.uri, "Nothing was logged; try again"):
        experiment = store.client.get_run(bundle.about.run_id).info.experiment_id
        models = store.client.search_logged_models(
            [experiment], f"source_run_id = '{bundle.about.run_id}' AND tags.`{DIGEST}` = '{digest}'"
        )
    for model in models:
        uri = f"models:/{model.model_id}"
        with contextlib.suppress(BundleError):
            fetch_bundle(store, uri, cache_dir=bundle.cache_dir)
            return uri
    return None


@contextlib.contextmanager
def _logged_model(store: TrackingStore, bundle: Bundle, digest: str) -> Iterator[Any]:
    """MLflow's entry of a model, which is READY once the block ends without an error, else FAILED."""
    from mlflow.entities import LoggedModelOutput

    about, client = bundle.about, store.client
    with tracking_errors("logging the model", store.uri, "Nothing else was changed; try again"):
        run = client.get_run(about.run_id)
        model = client.create_logged_model(
            run.info.experiment_id,
            name=re.sub(r"[^\w -]+", "_", about.name).strip() or "bundle",
            source_run_id=about.run_id,
            params={"backbone": about.backbone, "seed": str(about.seed), "serves": about.serves},
            tags={DIGEST: digest, TEST_DIGEST: about.test_digest, "dataset_digest": about.dataset_digest},
            model_type="assay.Bundle",
        )
        try:
            yield model
            client.log_outputs(about.run_id, [LoggedModelOutput(model.model_id, step=0)])
        except BaseException:
            with contextlib.suppress(Exception):
                client.finalize_logged_model(model.model_id, "FAILED")
            raise
        client.finalize_logged_model(model.model_id, "READY")


def logged_model(store: TrackingStore, source: str) -> Any:
    """MLflow's entry of the logged model that these words stand for.

    Raises:
        TrackingError: there is no such model, alias or version.
        BundleError: the words name no logged model.
    """
    named = LOGGED.search(source)
    if named is None and MODEL.fullmatch(source):
        version = version_of_model(store, source)
        named = LOGGED.search(f"/{version.model_id}" if version.model_id else str(version.source))
    if named is None:
        raise BundleError(f"{source}: is no logged model (models:/m-…, NAME@ALIAS or models:/NAME/VERSION are)")
    with tracking_errors("asking for the model", store.uri, "See whether it is there"):
        return store.client.get_logged_model(named["id"])


def _local(store: TrackingStore, model: Any, target: Path) -> Path:
    """A folder of this machine with the bundle: where it lies, or a copy of it."""
    artifact_uri = str(model.artifact_location)
    folder = local_path(artifact_uri)
    if folder is not None:
        return folder / INSIDE
    with contextlib.suppress(BundleError):
        Bundle.open(target, cache_dir=target.parent)
        note_use(target / ABOUT)
        return target
    from mlflow.artifacts import download_artifacts
    from mlflow.utils.uri import append_to_uri_path

    with (
        tracking_errors(f"fetching {model.model_id}", store.uri, "See whether the artifact store answers"),
        tempfile.TemporaryDirectory(prefix="assay-fetched-") as temporary,
        packed(target) as making,
    ):
        # MLflow resolves models:/ by its global store, the place of the artifacts by the one that it is told.
        fetched = download_artifacts(
            artifact_uri=append_to_uri_path(artifact_uri, INSIDE), dst_path=temporary, tracking_uri=store.uri
        )
        shutil.copytree(fetched, making.folder, dirs_exist_ok=True)
    return target
