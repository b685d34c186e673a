"""Versions of a registered model that must not answer, and an alias that is moved by hand."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registered import MODEL, Registered

from assay.deploy.bundle.bundle import Bundle
from assay.deploy.mlflow.model import log_bundle, logged_model, place_of
from assay.tracking.store import TrackingStore

ABOUT, GRAPH, ANSWERS = "bundle.json", "onnx/model.onnx", "sealed/answers.json"


@dataclass(frozen=True)
class Version:
    """A version of the model.

    Attributes:
        number: of it.
        digest: hex sha256 of the bundle that was logged.
        place: folder of the bundle that is served.
    """

    number: str
    digest: str
    place: Path


class Registry:
    """MLflow's registry, written past the gate.

    Args:
        registered: whose registry it is.
    """

    def __init__(self, registered: Registered) -> None:
        runs = registered.project / "mlruns"
        self._store = TrackingStore(f"sqlite:///{runs}/mlflow.db", f"{runs}/artifacts", work=f"{runs}/work")

    def version_of(self, bundle: Path, name: str, change: Callable[[Path], None] | None = None) -> Version:
        """A new version of a copy of a bundle, which nobody has promoted.

        Args:
            bundle: folder that is copied.
            name: that the copy gets, so that it is another bundle.
            change: is done to the copy before it is logged.
        """
        with tempfile.TemporaryDirectory() as temporary:
            copy = Path(temporary) / "bundle"
            shutil.copytree(bundle, copy)
            if change is not None:
                change(copy)
            about = json.loads((copy / ABOUT).read_text())
            about["name"] = f"{name} {uuid.uuid4().hex[:8]}"
            (copy / ABOUT).write_text(json.dumps(about))
            opened = Bundle.open(copy, cache_dir=Path(temporary) / "cache")
            source, digest = log_bundle(self._store, opened), opened.digest
        place = place_of(self._store, source)
        run, model = about["run_id"], source.removeprefix("models:/")
        made = self._store.client.create_model_version(MODEL, place, run, model_id=model)
        artifacts = Path(str(logged_model(self._store, source).artifact_location).removeprefix("file://"))
        (folder,) = artifacts.glob(f"**/{ABOUT}")
        return Version(str(made.version), digest, folder.parent)

    def move(self, alias: str, number: str) -> None:
        """Let an alias stand for another version."""
        self._store.client.set_registered_model_alias(MODEL, alias, number)


def cut_short(registry: Registry, registered: Registered) -> Version:
    """A version whose network ends in its middle."""
    version = registry.version_of(registered.bundles[1], "cut short")
    graph = version.place / GRAPH
    graph.write_bytes(graph.read_bytes()[: graph.stat().st_size // 2])
    return version


def exchanged(registry: Registry, registered: Registered) -> Version:
    """A version in whose place another bundle lies, which is sound in itself."""
    version = registry.version_of(registered.bundles[1], "exchanged")
    shutil.rmtree(version.place)
    shutil.copytree(registered.bundles[0], version.place)
    return version


def other_answers(registry: Registry, registered: Registered) -> Version:
    """A version, sound in itself, whose sealed answers are not what this machine computes from it."""

    def change(copy: Path) -> None:
        sealed = json.loads((copy / ANSWERS).read_text())
        sealed["probabilities"] = [row[1:] + row[:1] for row in sealed["probabilities"]]
        content = json.dumps(sealed).encode()
        (copy / ANSWERS).write_bytes(content)
        about = json.loads((copy / ABOUT).read_text())
        about["files"][ANSWERS] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        (copy / ABOUT).write_text(json.dumps(about))

    return registry.version_of(registered.bundles[1], "other answers", change)


MUST_NOT_ANSWER = {
    "cut short": (cut_short, f"{GRAPH} "),
    "exchanged": (exchanged, "holds another bundle than was logged"),
    "other answers": (other_answers, "does not answer as when the bundle was made"),
}
"""What is wrong -> who makes such a version, and what the service has to say of it."""
