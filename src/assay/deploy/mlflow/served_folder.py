"""A logged model's folder as a loader reads it: the bundle inside, and what MLflow is told to run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.deploy.bundle.bundle import Bundle
from assay.deploy.mlflow.folder import CODE, INSIDE
from assay.errors import AssayError, BundleError
from assay.files import sha256_of_file
from assay.tracking.artifact_uri import local_path
from assay.tracking.client import tracking_errors

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

LOADERS = ("mlflow.pyfunc.loaders.code_model", "mlflow.pyfunc.model")
"""What MLflow reads models-from-code with, in its versions that we have written with."""


def served_problem(store: TrackingStore, place: str, digest: str) -> str:
    """Why what lies in a place is not the bundle that was promoted; "" where it is.

    Args:
        store: that a place on another machine is fetched through, anew each time.
        place: of a logged model's artifacts, as MLflow has it.
        digest: of the bundle that was promoted; "" where nobody knows, which any bundle keeps.
    """
    if (folder := local_path(place)) is not None:
        return _problem(folder, digest)
    from mlflow.artifacts import download_artifacts

    try:
        with (
            tempfile.TemporaryDirectory(prefix="assay-served-") as temporary,
            tracking_errors("fetching what is served", store.uri, "See whether the artifact store answers"),
        ):
            fetched = download_artifacts(artifact_uri=place, dst_path=temporary, tracking_uri=store.uri)
            return _problem(Path(fetched), digest)
    except AssayError as error:
        return f"{place} cannot be read: {error}"


def _problem(folder: Path, digest: str) -> str:
    if not folder.is_dir():
        return f"there is no folder {folder}"
    try:
        bundle = Bundle.open(folder / INSIDE, cache_dir=folder)
    except (BundleError, OSError) as error:
        return str(error)
    if digest and bundle.digest != digest:
        return f"{folder} holds bundle {bundle.digest[:12]}, not {digest[:12]}"
    return _description_problem(folder)


def _description_problem(folder: Path) -> str:
    """Whether MLflow's own description of the model runs anything else than the bundle."""
    import yaml

    try:
        flavor: Any = yaml.safe_load((folder / "MLmodel").read_text("utf-8"))["flavors"]["python_function"]
        named: dict[str, tuple[Any, tuple[Any, ...]]] = {
            "loader_module": (flavor["loader_module"], LOADERS),
            "model_code_path": (flavor["model_code_path"], (CODE.name,)),
            "artifacts": (flavor["artifacts"]["bundle"]["uri"], (INSIDE,)),
            "code": (flavor.get("code"), (None,)),
        }
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        return f"{folder / 'MLmodel'} cannot be read as it was written: {type(error).__name__}: {error}"
    for key, (value, due) in named.items():
        if value not in due:
            return f"{folder / 'MLmodel'} was changed: its {key} is {value!r:.80}, not {due[0]!r}"
    code = folder / CODE.name
    if not code.is_file() or sha256_of_file(code) != sha256_of_file(CODE):
        return f"{code} is not the code that was logged with the bundle"
    return ""
