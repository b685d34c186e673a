"""A dataset at an address: listed from its mirror, named by its address, fetched again where pictures are away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import fsspec
import numpy as np
import pytest
from PIL import Image

from assay.config.compose import compose
from assay.errors import AssayError, DataError
from assay.mirror.mirrors import FOLDER
from assay.run.images import list_manifest
from assay.run.mirrored import fetched_again
from assay.run.training_images import load_training_images


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


@pytest.fixture
def table(address: str) -> str:
    """The address of a table of the pictures, in another spelling of their labels, beside them."""
    files = fsspec.filesystem("memory")
    names = sorted(name.partition(f"{address.partition('://')[2]}/")[2] for name in files.find(address))
    lines = ["file_name,label", *(f"{name},{name.partition('/')[0].upper()}" for name in names)]
    files.pipe_file(f"{address}/labels.csv", "\n".join(lines).encode())
    return f"{address}/labels.csv"


def test_a_table_at_an_address_lists_the_pictures_beside_it(table: str, address: str, tmp_path: Path) -> None:
    config = compose(["data=table", f"data.path={table}", f"cache={tmp_path}"])
    listed = list_manifest(config)
    lines = fsspec.filesystem("memory").cat_file(table).decode().splitlines()[1:]
    expected = {tuple(line.split(",")) for line in lines}
    labels = [listed.class_names[label] for label in listed.labels]
    found = {(f"{path.parent.name}/{path.name}", label) for path, label in zip(listed.paths, labels, strict=True)}
    assert found == expected
    assert listed.paths[0].is_relative_to(tmp_path)
    fsspec.filesystem("memory").pipe_file(table, "\n".join(["file_name,label", *lines[:5]]).encode())
    assert len(list_manifest(config).table) == 5, "the table is read anew at each training"


def test_pictures_of_a_table_may_lie_elsewhere(table: str, address: str, tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    elsewhere = f"{address.rpartition('/')[0]}/lists/labels.csv"
    files.pipe_file(elsewhere, files.cat_file(table))
    words = ["data=table", f"data.path={elsewhere}", f"data.root={address}", f"cache={tmp_path}"]
    assert len(list_manifest(compose(words)).table) == len(files.cat_file(table).decode().splitlines()) - 1


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.csv", None, r"data\.path=memory://\S+/none\.csv: nothing lies there"),
        ("", None, r"data\.path=memory://\S+/stones: is a folder; name a file in it"),
        ("bad.csv", b"file,kind\na.png,b\n", r"memory://\S+/bad\.csv"),
        ("away.csv", b"file_name,label\ngone.png,b\n", r"memory://\S+/stones/gone\.png"),
    ],
    ids=["no_file", "a_folder", "no_label", "no_picture"],
)
def test_what_is_wrong_with_a_table_is_said_of_its_address(
    address: str, tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    if content is not None:
        fsspec.filesystem("memory").pipe_file(f"{address}/{name}", content)
    words = ["data=table", f"data.path={address}/{name}".rstrip("/"), f"cache={tmp_path}"]
    with pytest.raises(AssayError, match=why) as raised:
        list_manifest(compose(words))
    assert str(tmp_path) not in str(raised.value)


def test_ood_sets_lie_at_addresses_too_and_are_fetched_again_from_object_stores(
    address: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = fsspec.filesystem("memory")
    unusual = f"{address.rpartition('/')[0]}/unusual"
    for number in range(4):
        noise = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        with files.open(f"{unusual}/{number}.png", "wb") as opened:
            Image.fromarray(noise).save(opened, "PNG")
    words = ["data=folder", f"data.root={photos}", f"data.ood=[{unusual}]", f"cache={tmp_path}"]
    config = compose(words)
    manifest, _ = load_training_images(config)
    ood = manifest.only("ood")
    assert set(ood.table["ood_set"]) == {"unusual"}
    assert len(ood.table) == 4
    assert {path.is_relative_to(tmp_path) for path in ood.paths} == {True}
    shutil.rmtree(tmp_path / FOLDER)
    monkeypatch.setattr("assay.mirror.remote.OBJECT_STORES", ("memory",))
    monkeypatch.setattr("assay.mirror.remote._object_store", lambda scheme, said: fsspec.filesystem(scheme))
    again = fetched_again(manifest, lambda: config)
    assert all(path.is_file() for path in again.paths)
    assert again.table["path"].tolist() == manifest.table["path"].tolist(), "each in its own mirror"
    with pytest.raises(AssayError, match=r"data\.ood=memory://\S+/away: nothing lies there"):
        load_training_images(compose([*words[:2], f"data.ood=[{unusual}/away]", words[3]]))


def test_pictures_beside_a_table_are_fetched_again(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = compose(["data=table", f"data.path={table}", f"cache={tmp_path}"])
    listed = list_manifest(config)
    shutil.rmtree(tmp_path / FOLDER)
    monkeypatch.setattr("assay.mirror.remote.OBJECT_STORES", ("memory",))
    monkeypatch.setattr("assay.mirror.remote._object_store", lambda scheme, said: fsspec.filesystem(scheme))
    assert all(path.is_file() for path in fetched_again(listed, lambda: config).paths)
