"""ZIPs of strangers: what is taken, and what nothing is taken of."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assay.serving.jobs.archive import PictureArchive
from assay.serving.jobs.source import JobBounds
from assay.serving.refusal import Refusal
from serving_jobs import photos, submit, zipped
from serving_world import is_problem, png

BOUNDS = JobBounds(pictures=50, picture_bytes=200_000, job_bytes=2_000_000)


def opened(tmp_path: Path, content: bytes, bounds: JobBounds = BOUNDS) -> PictureArchive:
    file = tmp_path / "job"
    file.write_bytes(content)
    return PictureArchive(file, bounds)


def with_entries(*entries: tuple[Any, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return buffer.getvalue()


def info(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def changed(content: bytes, record: bytes, offset: int, shape: str, value: int, *, which: int = 0) -> bytes:
    """An archive with another value in one of its records."""
    at = -1
    for _ in range(which + 1):
        at = content.index(record, at + 1)
    made = bytearray(content)
    struct.pack_into(shape, made, at + offset, value)
    return bytes(made)


def test_files_are_read_as_they_were_packed_and_what_systems_leave_is_no_picture(tmp_path):
    files = photos(3) | {
        "photos/": b"",
        "__MACOSX/photos/._000.png": b"x",
        "photos/._001.png": b"x",
        "photos/.DS_Store": b"x",
        "Thumbs.db": b"x",
        "ภาพถ่าย/é.png": png(7),
    }
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = opened(tmp_path, zipped(files, method))
        assert archive.names == [*photos(3), "ภาพถ่าย/é.png"]
        assert [archive.read(number) for number in range(4)] == [*photos(3).values(), png(7)]
        archive.close()


def test_an_archive_of_another_program_is_read(tmp_path):
    (tmp_path / "p").mkdir()
    for name, content in photos(4).items():
        (tmp_path / "p" / Path(name).name).write_bytes(content)
    made = subprocess.run(
        ["python3", "-m", "zipfile", "-c", "made.zip", "p"], cwd=tmp_path, check=True, capture_output=True
    )
    assert made.returncode == 0
    archive = opened(tmp_path, (tmp_path / "made.zip").read_bytes())
    assert sorted(archive.read(number) for number in range(4)) == sorted(photos(4).values())


ONE = zipped({"a.png": png(1)})
CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"
HOSTILE: dict[str, bytes] = {
    "leads up": zipped({"../a.png": png()}),
    "leads up within": zipped({"a/../../b.png": png()}),
    "absolute": zipped({"/etc/a.png": png()}),
    "drive": zipped({"C:a.png": png()}),
    "backslash": zipped({"..\\a.png": png()}),
    "line end": zipped({"a\nb.png": png()}),
    "long name": zipped({"a" * 600 + ".png": png()}),
    "link": with_entries((info("a.png", 0o120777), b"/etc/passwd")),
    "device": with_entries((info("a.png", 0o020644), b"")),
    "encrypted": changed(ONE, CENTRAL, 8, "<H", 1),
    "strongly encrypted": changed(ONE, CENTRAL, 8, "<H", 0x41),
    "bzip2": zipped({"a.png": png()}, zipfile.ZIP_BZIP2),
    "lzma": zipped({"a.png": png()}, zipfile.ZIP_LZMA),
    "zip within": zipped({"a.png": png(), "more.zip": ONE}),
    "tar within": zipped({"more.tar.gz": b"x"}),
    "bomb": zipped({"a.png": bytes(1_900_000)}),
    "split": changed(ONE, END, 4, "<H", 1),
    "comment": ONE[:-2] + b"\x05\0hello",
    "cut off": ONE[:-30],
    "cut in the middle": zipped(photos(5))[:2000],
    "appended": ONE + b"x" * 100,
    "directory too large": changed(ONE, END, 12, "<I", 2**31),
    "zip64": ONE[: ONE.index(END)] + b"PK\x06\x07" + bytes(16) + ONE[ONE.index(END) :],
    "entry before the file": changed(ONE, CENTRAL, 42, "<I", 2**31),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_taken_of_a_hostile_archive(tmp_path, name):
    with pytest.raises(Refusal) as refused:
        opened(tmp_path, HOSTILE[name])
    assert refused.value.name in ("archive", "too-large")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job"]


def test_files_that_overlap_are_refused(tmp_path):
    two = zipped({"a.png": png(1), "b.png": png(2)}, zipfile.ZIP_STORED)
    with pytest.raises(Refusal, match="archive") as refused:
        opened(tmp_path, changed(two, CENTRAL, 42, "<I", 0, which=1))
    assert "overlap" in refused.value.detail


def test_two_files_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        content = with_entries((info("a.png"), png(1)), (info("a.png"), png(2)))
    with pytest.raises(Refusal, match="archive"):
        opened(tmp_path, content)


def test_more_pictures_bytes_or_entries_than_a_job_takes_are_refused(tmp_path):
    with pytest.raises(Refusal, match="too-large"):
        opened(tmp_path, zipped({f"{n}.png": b"x" for n in range(51)}))
    with pytest.raises(Refusal, match="too-large"):
        opened(tmp_path, zipped({f"{n}/": b"" for n in range(201)}))
    noise = random.Random(0).randbytes(300_000)
    with pytest.raises(Refusal, match="too-large"):
        opened(tmp_path, zipped({f"{n}.png": noise for n in range(30)}))
    with pytest.raises(Refusal, match="request"):
        opened(tmp_path, zipped({"folder/": b""}))


def test_a_picture_that_is_too_large_or_damaged_costs_the_others_nothing(tmp_path):
    noise = random.Random(0).randbytes(250_000)
    archive = opened(tmp_path, zipped({"a.png": png(1), "large.png": noise, "b.png": png(2)}))
    with pytest.raises(Refusal, match="too-large"):
        archive.read(1)
    assert (archive.read(0), archive.read(2)) == (png(1), png(2))
    stored = bytearray(zipped({"a.png": png(1), "b.png": png(2)}, zipfile.ZIP_STORED))
    stored[60] ^= 1
    archive = opened(tmp_path, bytes(stored))
    with pytest.raises(Refusal, match="unreadable"):
        archive.read(0)
    assert archive.read(1) == png(2)


def test_what_lies_about_its_size_is_read_no_further_than_a_picture_may_be(tmp_path):
    content = zipped({"a.png": random.Random(0).randbytes(150_000) * 2})
    lying = changed(changed(content, CENTRAL, 24, "<I", 1000), LOCAL, 22, "<I", 1000)
    with pytest.raises(Refusal, match=r"unreadable|too-large"):
        opened(tmp_path, lying).read(0)


def test_whatever_is_damaged_is_refused_and_never_a_fault(tmp_path):
    rng, whole = random.Random(5), zipped(photos(3))
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(rng.choice((1, 2, 8))):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        if rng.random() < 0.3:
            del broken[rng.randrange(len(broken)) :]
        try:
            archive = opened(tmp_path, bytes(broken))
        except Refusal:
            continue
        for number in range(len(archive.names)):
            with contextlib.suppress(Refusal):
                assert len(archive.read(number)) <= BOUNDS.picture_bytes
        archive.close()


def test_the_client_is_told_and_nothing_is_kept(world):
    assert is_problem(submit(world, HOSTILE["leads up"]), "archive")
    assert is_problem(submit(world, b"\x7fELF" + bytes(100)), "job")
    assert is_problem(submit(world, b""), "job")
    assert is_problem(submit(world, zipped({})), "request")
    assert not [path for path in world.service.jobs.folder.path.iterdir() if path.name[0] != "."]
    assert world.client.get("/v1/jobs", headers=world.headers()).json()["jobs"] == []
