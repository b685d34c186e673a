"""Sizes, last use and removal, on real files."""

from __future__ import annotations

import os
import time
from pathlib import Path

from assay.disk import DiskUse, disk_use, is_leftover, note_use, read_unnoticed, remove
from assay.files import atomic_write

DAY = 86400


def aged(path: Path, days: float) -> Path:
    """The same file, last read and written so long ago."""
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    return path


def test_a_folder_takes_what_its_files_take_and_was_used_when_one_of_them_was(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_bytes(b"x" * 10)
    (tmp_path / "deep" / "b").write_bytes(b"x" * 32)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for path in (tmp_path / "a", tmp_path / "deep" / "b", tmp_path / "deep", tmp_path):
        aged(path, 9)
    os.utime(tmp_path / "link", (0, 0), follow_symlinks=False)
    os.utime(tmp_path / "deep" / "b", (time.time() - 2 * DAY, time.time() - 9 * DAY))
    use = disk_use(tmp_path)
    assert use.size == 42 + len(str(tmp_path / "a"))
    assert abs(time.time() - use.used - 2 * DAY) < 60
    assert disk_use(tmp_path / "a", tmp_path / "missing").size == 10
    assert disk_use(tmp_path / "missing") == DiskUse(0, 0.0)


def test_a_file_of_two_names_counts_once_and_is_only_free_when_both_go(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "own").write_bytes(b"x" * 10)
    (first / "model").write_bytes(b"x" * 100)
    (second / "model").hardlink_to(first / "model")
    assert (disk_use(tmp_path).size, disk_use(tmp_path).freed) == (120, 120)
    assert (disk_use(first).size, disk_use(first).freed) == (110, 10)
    assert (disk_use(first, second).size, disk_use(first, second).freed) == (120, 120)


def test_an_empty_folder_is_as_old_as_it_is_and_not_from_1970(tmp_path: Path) -> None:
    assert time.time() - disk_use(tmp_path).used < DAY


def test_a_use_is_noted_once_an_hour_and_leaves_the_time_of_writing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    file = aged(tmp_path / "file", 3)
    written = file.stat().st_mtime_ns
    note_use(file)
    noted = file.stat().st_atime_ns
    assert time.time() - noted / 1e9 < DAY
    assert file.stat().st_mtime_ns == written
    note_use(file)
    assert file.stat().st_atime_ns == noted
    note_use(tmp_path / "missing")


def test_who_only_looks_does_not_count_as_a_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("about")
    before = disk_use(aged(tmp_path / "file", 3))
    assert read_unnoticed(tmp_path / "file") == "about"
    assert disk_use(tmp_path / "file") == before


def test_what_is_removed_is_gone_and_who_has_it_open_reads_on(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("whole")
    with (tmp_path / "folder" / "file").open() as opened:
        assert remove(tmp_path / "folder")
        assert opened.read() == "whole"
    assert not remove(tmp_path / "folder")
    (tmp_path / "link").symlink_to(tmp_path)
    assert remove(tmp_path / "link")
    assert list(tmp_path.iterdir()) == []


def test_what_is_being_written_has_the_name_of_a_leftover_and_nothing_else_has(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "file.json") as temporary:
        temporary.write_text("{}")
        assert is_leftover(temporary)
    assert not any(map(is_leftover, [tmp_path / "file.json", tmp_path / ".tmp", tmp_path / ".a.b.c.tmp"]))
