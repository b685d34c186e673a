"""A dataset at an address: listed from its mirror, named by its address, fetched again where pictures are away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest

from assay.config.compose import compose
from assay.errors import DataError
from assay.mirror.mirrors import FOLDER
from assay.run.images import list_manifest
from assay.run.mirrored import fetched_again


@pytest.fixture
def address(photos: Path) -> Iterator[str]:
    files, made = fsspec.filesystem("memory"), f"memory://{uuid4().hex}/stones"
    for path in sorted(photos.rglob("*.*"))[::8]:
        files.pipe_file(f"{made}/{path.parent.name}s/{path.name}", path.read_bytes())
    yield made
    files.rm(made.rpartition("/")[0], recursive=True)


def test_pictures_of_an_object_store_are_fetched_again_into_the_cache_of_this_machine(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = (
        compose(["data=folder", f"data.root={address}", f"cache={tmp_path}/{name}"]) for name in ("here", "there")
    )
    listed = list_manifest(there)
    assert set(listed.table["source"]) == {"stones"}
    assert fetched_again(listed, lambda: here) is listed
    shutil.rmtree(tmp_path / "there" / FOLDER)
    assert fetched_again(listed, lambda: here) is listed, "a recorded address that is no object store is not asked"
    assert not (tmp_path / "here").exists()
    monkeypatch.setattr("assay.mirror.remote.OBJECT_STORES", ("memory",))
    monkeypatch.setattr("assay.mirror.remote._object_store", lambda scheme, address: fsspec.filesystem(scheme))
    again = fetched_again(listed, lambda: here)
    assert all(path.is_relative_to(tmp_path / "here") and path.is_file() for path in again.paths)
    assert again.digest == listed.digest
    assert [path.name for path in again.paths] == [path.name for path in listed.paths]


def test_what_is_wrong_with_a_picture_is_said_of_its_address(address: str, tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe_file(f"{address}/jades/broken.png", b"no picture")
    config = compose(["data=folder", f"data.root={address}", f"cache={tmp_path}"])
    with pytest.raises(DataError) as raised:
        list_manifest(config)
    assert f"{address}/jades/broken.png" in str(raised.value)
    assert str(tmp_path) not in str(raised.value)
