"""Artifacts in an object store: from a training to a rollback, and what is said where it cannot be reached."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import assay
from assay.cli import main
from assay.errors import ConfigError, TrackingError
from assay.tracking import artifact_store
from assay.tracking.artifact_store import ensure_artifacts_kept
from assay.tracking.store import TrackingStore
from finished import EASY_GATE, TINY
from object_store import SECRET, ObjectStore

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def objects() -> Iterator[ObjectStore]:
    pytest.importorskip("moto", reason="no object store on loopback: moto is not installed")
    with ObjectStore() as served:
        served.client().create_bucket(Bucket="lab")
        yield served


@pytest.fixture
def reached(objects: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in objects.environment.items():
        monkeypatch.setenv(name, value)
    return objects


def test_from_a_training_to_a_rollback(
    reached: ObjectStore,
    photos: Path,
    store_in: Callable[[Path], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [f"tracking.uri=sqlite:///{store_in(tmp_path)}/mlflow.db", "tracking.artifacts=s3://lab/artifacts"]
    images = [f"data.root={photos}"]
    said = ""
    for seed in (0, 1):
        main(["train", *TINY, *images, *words, f"seed={seed}"])
        said += capsys.readouterr().out
        run_id = re.findall(r"^run +([0-9a-f]{32})", said, re.M)[-1]
        # Another machine of the team has the database and the object store, and none of the working folders.
        shutil.rmtree(tmp_path / "mlruns" / "work")
        main(["promote", f"run={run_id}", "gate=default", *EASY_GATE, *words])
        said += capsys.readouterr().out
    assert "Version 2" in said
    shutil.rmtree(tmp_path / "mlruns", ignore_errors=True)
    second = assay.load("models:/photos@champion", words)
    main(["rollback", "reason=try", "by=Ada", "registry.name=photos", *words])
    first = assay.load("models:/photos@champion", words)
    picture = next(photos.glob("*/*.png"))
    assert first.predict([picture])[0].probabilities != pytest.approx(second.predict([picture])[0].probabilities)
    said += capsys.readouterr().out
    keys = [entry["Key"] for entry in reached.client().list_objects_v2(Bucket="lab")["Contents"]]
    assert sum(key.endswith("bundle/bundle.json") for key in keys) >= 2
    assert reached.refused > 0, "the store was never busy"
    held = [reached.client().get_object(Bucket="lab", Key=key)["Body"].read() for key in keys]
    held += [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [blob for blob in [*held, said.encode()] if SECRET.encode() in blob]


def test_a_bucket_that_is_not_there_is_named_before_a_training(
    reached: ObjectStore, photos: Path, store_in: Callable[[Path], Path], tmp_path: Path
) -> None:
    store = TrackingStore(f"sqlite:///{store_in(tmp_path)}/mlflow.db", "s3://nobody/made/it", "photos", str(tmp_path))
    with pytest.raises(
        TrackingError, match=r"s3://nobody/made/it.*cannot be kept there: .*bucket does not exist.*AWS_"
    ):
        store.check_artifacts()
    store.check()  # who only reads what the database knows needs no bucket
    with pytest.raises(TrackingError, match=r"cannot be kept there: .*ftpp"):
        ensure_artifacts_kept("ftpp://nobody/knows", store.uri)


def test_a_store_that_goes_away_is_no_fault_of_assay(
    reached: ObjectStore, store_in: Callable[[Path], Path], tmp_path: Path
) -> None:
    reached.client().create_bucket(Bucket="brief")
    store = TrackingStore(f"sqlite:///{store_in(tmp_path)}/mlflow.db", "s3://brief/artifacts", "photos", str(tmp_path))
    (tmp_path / "notes.txt").write_text("kept")
    run = store.start_run("run")
    reached.client().delete_bucket(Bucket="brief")
    with pytest.raises(TrackingError, match=r"storing notes\.txt failed: .*NoSuchBucket"):
        run.log_artifact(tmp_path / "notes.txt")


def test_a_package_that_is_missing_is_named_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(setting: str, package: str, extra: str) -> None:
        raise ConfigError(f"{setting} {package} {extra}")

    monkeypatch.setattr(artifact_store, "require", missing)
    with pytest.raises(ConfigError, match=r"tracking\.artifacts=s3://lab/a boto3 s3"):
        ensure_artifacts_kept("s3://lab/a", "sqlite:///x.db")
    ensure_artifacts_kept("/a/folder", "sqlite:///x.db")
    ensure_artifacts_kept("mlflow-artifacts:/1", "http://127.0.0.1:1")
