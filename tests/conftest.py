from __future__ import annotations

import gc
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

import assay  # noqa: F401  # sets the OpenMP wait policy before torch is imported
from assay.database.locks import file_lock
from assay.predictions import Predictions
from assay.store.service_store import ServiceStore
from assay.tracking.client import open_client
from service_database import new_database, share_in

pytest_plugins = ["finished", "processes", "real_browser"]

VOID = {"meta", "img", "br", "link", "input", "hr", "polyline", "polygon", "circle", "line", "rect", "path"}
COLOURS = {"amber": (200, 120, 40), "jade": (40, 160, 90), "onyx": (30, 30, 40)}


WITH_OTHERS = {"begin", "fresh_database", "hub", "python", "postgresql", "tiny_bundle", "unpacked"}
"""Fixtures of tests that open a store or a bundle, train, or start a program: seconds each, and all of them slow."""


MANY_MODULES = 50
"""That are worth a full collection."""


# How long an example takes says how busy the machine is.
settings.register_profile("assay", deadline=None)
settings.load_profile("assay")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What the tests import is taken out of garbage collection, which would look at a million objects each time.

    Libraries ask for a full collection themselves: statsmodels in every correction, Lightning after every fit.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


_modules = len(sys.modules)


@pytest.fixture(autouse=True)
def _imports_are_no_garbage() -> Iterator[None]:
    """What a test has imported itself is taken out, too: it is there for good."""
    global _modules
    yield
    if len(sys.modules) > _modules + MANY_MODULES:
        _modules = len(sys.modules)
        gc.collect()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: the last file of a session is a short one, and no worker waits for another."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])
    for item in items:
        if WITH_OTHERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def photos(of_all_workers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders of 40 noisy pictures each, 48×40 pixels, whose classes differ in colour but overlap.

    All workers read the same, so that a run of one is a run on the photos of the others.
    """
    shared = of_all_workers / "photos"
    with file_lock(of_all_workers / "photos.lock"):
        if not shared.exists():
            _draw_photos(tmp_path_factory.mktemp("drawn")).rename(shared)
    return shared


def _draw_photos(root: Path) -> Path:
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (root / name).mkdir()
        for index in range(40):
            tint = np.array(colour) * 0.5 + rng.normal(60, 35, 3)
            pixels = np.clip(tint + rng.normal(0, 40, (40, 48, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{index:02}.png")
    return root


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def _own_cache(of_all_workers: Path) -> None:
    """Nothing that a person has cached is read or written by a test; what one worker has exported, the others take."""
    os.environ["ASSAY_CACHE"] = str(of_all_workers / "cache")


@pytest.fixture(scope="session", autouse=True)
def _service_tables(of_all_workers: Path) -> None:
    """A service's tables are migrated once; `open_store` of `service_database` copies them."""
    share_in(of_all_workers)


@pytest.fixture(scope="session")
def fresh_database(of_all_workers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables and no run; making them takes seconds, so all workers share it."""
    fresh = of_all_workers / "fresh.db"
    with file_lock(of_all_workers / "fresh.lock"):
        if not fresh.exists():
            made = tmp_path_factory.mktemp("database") / "made.db"
            open_client(f"sqlite:///{made}").search_experiments()
            with sqlite3.connect(made) as opened:
                opened.execute("VACUUM INTO ?", (str(fresh),))
    return fresh


@pytest.fixture(scope="session")
def store_in(fresh_database: Path) -> Callable[[Path], Path]:
    """Puts `mlflow.db`, a store without runs, into a folder, and gives the folder."""

    def put(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(fresh_database, folder / "mlflow.db")
        return folder

    return put


def predictions(labels, logits, *, split="test", groups=None, ordered=False, ids=None, calibrated=False):
    """Predictions with these labels [N] and logits [N, C], and names for images and classes."""
    n, c = logits.shape
    ids = np.array([f"{split}-{i:06d}" for i in range(n)]) if ids is None else ids
    return Predictions(
        ids=ids,
        groups=ids if groups is None else np.asarray(groups),
        split=split,
        labels=np.asarray(labels, dtype=np.int64),
        class_names=tuple(f"class {k}" for k in range(c)),
        logits=np.asarray(logits, dtype=np.float32),
        ordered=ordered,
        calibrated=calibrated,
    )


def simulated(n, classes, *, seed=0, sharpness=2.0, overconfidence=1.0, **about):
    """Labels drawn from softmax(logits); the model then states logits times its overconfidence."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, classes)) * sharpness
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    cumulated = (weights / weights.sum(axis=1, keepdims=True)).cumsum(axis=1)
    labels = np.minimum((cumulated < rng.random((n, 1))).sum(axis=1), classes - 1)
    return predictions(labels, logits * overconfidence, **about)


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory):
    """Makes a bundle of a tiny untrained network for a run, with weights from a seed."""
    cache = tmp_path_factory.mktemp("onnx")

    def make(run_id: str = "0" * 32, *, seed: int = 0, name: str = "tiny: a/b", preprocessing=None):
        import torch

        from assay.data.preprocessing import Preprocessing
        from assay.deploy.bundle.bundle import ABOUT, PREDICTOR, SCHEMA_VERSION, About, Bundle
        from assay.deploy.bundle.contents import entries
        from assay.deploy.bundle.packing import packed
        from assay.deploy.bundle.sealed_pictures import seal_answers
        from assay.evaluation.record import save_record
        from assay.models.backbone import build_backbone
        from assay.models.head import LinearHead
        from assay.models.network import Network
        from assay.postprocess.calibration import Temperature
        from assay.postprocess.reject import CoverageRule
        from assay.predictor import Predictor

        root = tmp_path_factory.mktemp("tiny")
        classes = ("a", "b", "c d")
        torch.manual_seed(seed)
        backbone = build_backbone("baseline_cnn", "none")
        network = Network(backbone, LinearHead(backbone.embedding_dim, len(classes))).eval()
        logits = np.random.default_rng(seed).normal(size=(200, len(classes)))
        ids = np.array([f"{place:03d}" for place in range(200)])
        labels = logits.argmax(1) * (np.arange(200) % 5 > 0)
        held_out = Predictions(ids, ids, "calib", labels, classes, logits)
        predictor = Predictor(network, preprocessing or Preprocessing(32, "letterbox"), classes, cache)
        predictor = predictor.fitted(held_out, calibrator=Temperature(), reject=CoverageRule(coverage=0.6))
        with packed(root / "bundle") as making:
            predictor.save(making.folder / PREDICTOR)
            seal_answers(predictor, "float", making.folder)
            about = About(
                name=name,
                run_id=run_id,
                made="2026-01-01T00:00:00+00:00",
                backbone="baseline_cnn",
                seed=seed,
                class_names=classes,
                ordered=False,
                dataset_digest="d" * 64,
                test_digest="e" * 64,
                config_digest="",
                git_commit="none",
                git_dirty="unknown",
                lock_digest="",
                licences=(),
                files=entries(making.folder, besides=ABOUT),
            )
            save_record(making.folder / ABOUT, about, schema=SCHEMA_VERSION)
        return Bundle.open(root / "bundle", cache_dir=cache)

    return make


@pytest.fixture(scope="session")
def predict():
    return predictions


@pytest.fixture(scope="session")
def simulate():
    return simulated


class Page(HTMLParser):
    """What a page is made of: every tag with its attributes, its words, and whether each tag that opens is closed.

    Attributes:
        commands: what stands in `<pre><code>`.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.commands: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)
        if self.open[-2:] == ["pre", "code"]:
            self.commands.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def ids(self) -> set[str]:
        return {attributes["id"] for _, attributes in self.tags if "id" in attributes}

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="session")
def parsed() -> type[Page]:
    """Reads a page, given its source; fails where a tag is not closed."""
    return Page


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a database of a server on a free port, started from the system's own binaries and gone afterwards."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True), shutil.which("initdb")]
    if found[0] is None:
        pytest.skip("PostgreSQL's initdb is not installed (apt-get install postgresql)")
    binaries = Path(found[0]).parent
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0 and not any(entry.pw_name == user for entry in pwd.getpwall()):
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as folder:
        shutil.chown(folder, user)
        data = f"{folder}/data"

        def run(*command: str) -> None:
            subprocess.run(
                command, user=user if os.geteuid() == 0 else None, cwd=folder, check=True, capture_output=True
            )

        run(str(binaries / "initdb"), "--no-sync", "--auth=trust", "--username=assay", "--pgdata", data)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        run(str(binaries / "pg_ctl"), "--pgdata", data, "--log", f"{folder}/log", "-o", options, "-w", "start")
        try:
            yield f"postgresql://assay@127.0.0.1:{port}/postgres"
        finally:
            run(str(binaries / "pg_ctl"), "--pgdata", data, "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def postgresql_tables(postgresql: str) -> str:
    """Name of a database of the server that has a service's tables and no row; others are made as copies of it."""
    ServiceStore(new_database(postgresql, "tables")).close()
    return "tables"
