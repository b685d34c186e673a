"""Pictures in an object store that refuses one request in twenty: from a training to an export without the cache."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assay.cli import main
from assay.errors import DataError
from assay.mirror.mirrors import FOLDER, mirrored
from finished import TINY, with_graphs
from object_store import SECRET, ObjectStore

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def objects() -> Iterator[ObjectStore]:
    pytest.importorskip("moto", reason="no object store on loopback: moto is not installed")
    pytest.importorskip("obstore", reason="the extra s3 is not installed")
    with ObjectStore() as served:
        served.client().create_bucket(Bucket="pictures")
        yield served


@pytest.fixture
def bucket(objects: ObjectStore, photos: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in objects.environment.items():
        monkeypatch.setenv(name, value)
    client = objects.client()
    for path in photos.rglob("*.*"):
        client.upload_file(str(path), "pictures", key_of(path))
    client.put_object(Bucket="pictures", Key="photos/", Body=b"")  # as a console makes a folder
    return "s3://pictures/photos"


def key_of(path: Path) -> str:
    """Under other names than on this machine, where a recorded run would find its pictures."""
    return f"photos/{path.parent.name}s/{path.name}"


def test_from_a_training_to_an_export_without_the_cache(
    bucket: str,
    objects: ObjectStore,
    photos: Path,
    store_in: Callable[[Path], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    store_in(tmp_path / "mlruns")
    cache = with_graphs(tmp_path / "cache")
    refused = objects.refused
    words = [word for word in TINY if not word.startswith(("data.root", "cache="))]
    main(["train", *words, f"data.root={bucket}", f"cache={cache}"])
    said = capsys.readouterr()
    assert objects.refused > refused
    (folder,) = cache.glob(f"{FOLDER}/*/photos")
    there = {key_of(path): path.read_bytes() for path in photos.rglob("*.*")}
    assert {key_of(path).replace("ss/", "s/"): path.read_bytes() for path in folder.rglob("*.*")} == there
    shutil.rmtree(folder.parent)
    run_id = re.findall(r"^run +([0-9a-f]{32})", said.out, re.M)[-1]
    main(["export", f"run={run_id}", "formats=[onnx]", f"cache={cache}"])
    assert len([*folder.rglob("*.*")]) == len(there)
    exported = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in (tmp_path / "mlruns").rglob("*") if path.is_file())
    assert SECRET not in said.out + said.err + exported.out + exported.err
    assert SECRET.encode() not in written


def test_what_is_refused_names_the_address(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="s3://pictures/nothing: nothing lies there"):
        mirrored("s3://pictures/nothing", tmp_path, "1GB")
    with pytest.raises(DataError, match="s3://no-such-bucket/photos: "):
        mirrored("s3://no-such-bucket/photos", tmp_path, "1GB")
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("assay.mirror.remote.RETRIES", 1)
    with pytest.raises(DataError, match=r"cannot be read.*AWS_ENDPOINT_URL"):
        mirrored(bucket, tmp_path, "1GB")
