"""A logged model's folder as a loader reads it: the bundle inside, and what MLflow is told to run."""

from __future__ import annotations

import marshal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import MAGIC_NUMBER, cache_from_source
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

HEADER = 16
"""Bytes of a compiled file before its code (PEP 552)."""
LOADERS = ("mlflow.pyfunc.loaders.code_model", "mlflow.pyfunc.model")
"""What MLflow reads models-from-code with, in its versions that we have written with."""


def served_problem(store: TrackingStore, place: str, digest: str, beside: Mapping[str, str] | None = None) -> str:
    """Why what lies in a place is not the bundle that was promoted; "" where it is.

    Args:
        store: that a place on another machine is fetched through, anew each time.
        place: of a logged model's artifacts, as MLflow has it.
        digest: of the bundle that was promoted; "" where nobody knows, which any bundle keeps.
        beside: what `files_beside` gave when it was promoted; None where nobody knows.
    """
    try:
        with _folder_of(store, place) as folder:
            return _problem(folder, digest, beside)
    except AssayError as error:
        return f"{place} cannot be read: {error}"


def files_beside(store: TrackingStore, place: str) -> dict[str, str]:
    """Hex sha256 of each file of a logged model that is not the bundle's: what MLflow reads, installs and runs.

    Raises:
        TrackingError: a place on another machine cannot be fetched.
    """
    with _folder_of(store, place) as folder:
        return _beside(folder)


@contextmanager
def _folder_of(store: TrackingStore, place: str) -> Iterator[Path]:
    """The folder itself, or a copy of one on another machine for the block."""
    if (folder := local_path(place)) is not None:
        yield folder
        return
    from mlflow.artifacts import download_artifacts

    with tempfile.TemporaryDirectory(prefix="assay-served-") as temporary:
        with tracking_errors("fetching what is served", store.uri, "See whether the artifact store answers"):
            fetched = download_artifacts(artifact_uri=place, dst_path=temporary, tracking_uri=store.uri)
        yield Path(fetched)


def _beside(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if (path.is_file() or path.is_symlink()) and not _is_compiled(path))
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: sha256_of_file(path) for name, path in sorted(names.items()) if not name.startswith(f"{INSIDE}/")}


def _is_compiled(path: Path) -> bool:
    """Whether a file is what Python itself leaves when it loads the code that was logged, and nothing else."""
    if path.is_symlink() or path.parent.name != "__pycache__" or path.name != Path(cache_from_source(CODE.name)).name:
        return False
    content = path.read_bytes()
    try:
        code = marshal.loads(content[HEADER:]) if content[:4] == MAGIC_NUMBER else None
    except (ValueError, EOFError, TypeError):
        return False
    return bool(code == compile(CODE.read_bytes(), str(CODE), "exec", dont_inherit=True))


def _other_file(folder: Path, beside: Mapping[str, str]) -> str:
    present = _beside(folder)
    for name in sorted({*present, *beside}):
        if name not in beside:
            return f"{folder / name} was put there later"
        if name not in present:
            return f"{folder / name} is gone"
        if present[name] != beside[name]:
            return f"{folder / name} was changed"
    return ""


def _problem(folder: Path, digest: str, beside: Mapping[str, str] | None) -> str:
    if not folder.is_dir():
        return f"there is no folder {folder}"
    try:
        bundle = Bundle.open(folder / INSIDE, cache_dir=folder)
    except (BundleError, OSError) as error:
        return str(error)
    if digest and bundle.digest != digest:
        return f"{folder} holds bundle {bundle.digest[:12]}, not {digest[:12]}"
    return _description_problem(folder) or ("" if beside is None else _other_file(folder, beside))


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
