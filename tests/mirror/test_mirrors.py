"""Pictures at an address: fetched once, kept while they are what is listed, and never more of them than allowed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from assay.config.addresses import is_address
from assay.errors import ConfigError, DataError
from assay.mirror import mirrors
from assay.mirror.mirrors import INDEX, mirrored, mirrored_file
from assay.mirror.remote import RemoteFile, RemoteFolder

fsspec = pytest.importorskip("fsspec")
LIMIT = "1GB"


class Place:
    """A folder in fsspec's file system in memory, which counts what is read of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.address = f"memory://{uuid4().hex}/photos"
        self.files = fsspec.filesystem("memory")
        self.read: list[str] = []
        plain = RemoteFolder.read

        def counted(remote: RemoteFolder, file: RemoteFile) -> bytes:
            self.read.append(file.name)
            return plain(remote, file)

        monkeypatch.setattr(RemoteFolder, "read", counted)

    def put(self, name: str, content: bytes) -> None:
        self.files.pipe_file(f"{self.address}/{name}", content)

    def put_unseen(self, name: str) -> None:
        """Under a name that this file system would not take by itself, and an object store does."""
        root = f"/{self.address.partition('://')[2]}"
        self.files.store[f"{root}/{name}"] = self.files.store[f"{root}/cat/1.jpg"]

    def names(self, folder: Path) -> list[str]:
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(monkeypatch)
    made.put("cat/1.jpg", b"first")
    made.put("dog/ü 2.PNG", b"second")
    made.put("metadata.csv", b"file_name,label\n")
    made.put("notes.txt", b"not an image")
    yield made
    made.files.rm(made.address.rpartition("/")[0], recursive=True)


def test_images_and_tables_are_fetched_once(place: Place, tmp_path: Path) -> None:
    folder = mirrored(place.address, tmp_path, LIMIT)
    assert folder.name == "photos"
    assert place.names(folder) == ["cat/1.jpg", "dog/ü 2.PNG", "metadata.csv"]
    assert (folder / "dog" / "ü 2.PNG").read_bytes() == b"second"
    assert sorted(place.read) == place.names(folder)
    assert mirrored(f"{place.address}/", tmp_path, LIMIT) == folder
    assert len(place.read) == 3


def test_what_changed_is_fetched_again_and_what_is_gone_goes(place: Place, tmp_path: Path) -> None:
    folder = mirrored(place.address, tmp_path, LIMIT)
    place.read.clear()
    place.put("cat/1.jpg", b"FIRST")  # of the same size
    place.put("cat/3.jpg", b"third")
    place.files.rm(f"{place.address}/dog/ü 2.PNG")
    assert mirrored(place.address, tmp_path, LIMIT) == folder
    assert sorted(place.read) == ["cat/1.jpg", "cat/3.jpg"]
    assert place.names(folder) == ["cat/1.jpg", "cat/3.jpg", "metadata.csv"]
    assert (folder / "cat" / "1.jpg").read_bytes() == b"FIRST"


def test_what_was_lost_here_is_fetched_again(place: Place, tmp_path: Path) -> None:
    folder = mirrored(place.address, tmp_path, LIMIT)
    place.read.clear()
    (folder / "cat" / "1.jpg").write_bytes(b"half")
    (folder / "metadata.csv").unlink()
    mirrored(place.address, tmp_path, LIMIT)
    assert sorted(place.read) == ["cat/1.jpg", "metadata.csv"]
    (folder.parent / INDEX).write_text("{")
    mirrored(place.address, tmp_path, LIMIT)
    assert len(place.read) == 2 + 3


def test_a_mirror_that_ended_early_goes_on(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        place.put(f"cat/{number:02}.jpg", b"picture")
    monkeypatch.setattr(mirrors, "THREADS", 1)
    plain, before = RemoteFolder.read, 10

    def fails(remote: RemoteFolder, file: RemoteFile) -> bytes:
        if len(place.read) == before:
            raise DataError("the line is dead")
        return plain(remote, file)

    with monkeypatch.context() as dead:
        dead.setattr(RemoteFolder, "read", fails)
        with pytest.raises(DataError, match="the line is dead"):
            mirrored(place.address, tmp_path, LIMIT)
    folder = mirrored(place.address, tmp_path, LIMIT)
    assert len(place.names(folder)) == 23
    assert len(place.read) == len(set(place.read)) == 23


def test_what_changes_while_it_is_fetched_is_said(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = RemoteFolder.listed
    monkeypatch.setattr(
        RemoteFolder,
        "listed",
        lambda remote: [RemoteFile(each.name, each.size + 1, each.mark) for each in listed(remote)],
    )
    with pytest.raises(DataError, match=r"bytes came and .* were listed"):
        mirrored(place.address, tmp_path, LIMIT)


def test_the_mirror_used_longest_ago_makes_room(place: Place, tmp_path: Path) -> None:
    addresses = [f"{place.address}-{name}" for name in "abc"]
    for address in addresses:
        place.files.pipe_file(f"{address}/cat/1.jpg", bytes(40_000))
    first, second = (mirrored(address, tmp_path, "100kB") for address in addresses[:2])
    with pytest.raises(DataError, match=r"used within the hour, take .*mirror_limit=2GB"):
        mirrored(addresses[2], tmp_path, "100kB")
    for folder, hours in ((second, 5), (first, 3)):
        for path in (*folder.parent.rglob("*"), folder.parent):
            os.utime(path, (time.time() - hours * 3600,) * 2)
    third = mirrored(addresses[2], tmp_path, "100kB")
    assert (third / "cat" / "1.jpg").is_file()
    assert first.is_dir()
    assert not second.exists()


def test_what_is_larger_than_allowed_is_refused_before_it_is_fetched(place: Place, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"3 files of .* lie there, and mirrors may take .*mirror_limit=2GB"):
        mirrored(place.address, tmp_path, "10B")
    assert place.read == []
    with pytest.raises(ConfigError, match="mirror_limit=much: a size is needed"):
        mirrored(place.address, tmp_path, "much")


@pytest.mark.parametrize(
    ("name", "said"),
    [("cat/../../../etc/1.jpg", "no file of this machine can have the name"), ("x" * 300 + ".jpg", "rename it there")],
)
def test_names_that_lead_elsewhere_are_refused(place: Place, tmp_path: Path, name: str, said: str) -> None:
    place.put_unseen(name)
    with pytest.raises(DataError, match=said):
        mirrored(place.address, tmp_path, LIMIT)
    assert not (tmp_path / "etc").exists()


def test_a_file_where_others_have_a_folder_is_named(place: Place, tmp_path: Path) -> None:
    place.put_unseen("cat/1.jpg/inside.jpg")
    with pytest.raises(DataError, match="another file has the name of a folder"):
        mirrored(place.address, tmp_path, LIMIT)


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        ("memory://nothing-here", DataError, "nothing lies there"),
        ("nosuch://bucket/photos", ConfigError, "Protocol not known: nosuch"),
        ("s3://user:secret@bucket/photos", ConfigError, "holds a password.*AWS_ACCESS_KEY_ID"),
    ],
)
def test_addresses_that_cannot_be_read(address: str, error: type[Exception], said: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=said) as raised:
        mirrored(address, tmp_path, LIMIT)
    assert "secret" not in str(raised.value)


def test_a_place_without_images_is_named(place: Place, tmp_path: Path) -> None:
    place.files.pipe_file(f"{place.address}-text/notes.txt", b"x")
    with pytest.raises(DataError, match="1 files lie there, none of them named like an image"):
        mirrored(f"{place.address}-text", tmp_path, LIMIT)


def test_what_an_address_is() -> None:
    assert is_address("s3://bucket/photos")
    assert not any(map(is_address, ("photos", "/data/photos", "~/photos", r"C:\photos", None, 3, "a b://c")))


def test_the_index_holds_no_bytes_of_pictures(place: Place, tmp_path: Path) -> None:
    content = json.loads((mirrored(place.address, tmp_path, LIMIT).parent / INDEX).read_text())
    assert content["address"] == place.address
    assert [name for name, _, _ in content["files"]] == ["cat/1.jpg", "dog/ü 2.PNG", "metadata.csv"]


@pytest.mark.parametrize("address", ["memory://bucket", "memory://bucket/..", "memory://bucket/."])
def test_an_address_without_a_file_is_refused_with_what_one_looks_like(address: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.path=memory://bucket\S*: names no file; type the whole address"):
        mirrored_file(address, tmp_path, "data.path")
    assert not list(tmp_path.iterdir())
