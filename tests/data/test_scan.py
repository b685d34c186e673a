import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from assay.data import scan as module
from assay.data.scan import scan, scan_looks
from assay.errors import DataError


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    return make_pictures(tmp_path / "pictures", 30)


def make_pictures(folder: Path, count: int) -> list[str]:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(count):
        pixels = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:04}.png")
    return sorted(str(path) for path in folder.iterdir())


def refuse_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> bytes:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(module, "read_bytes", refuse)


def test_what_is_known_of_an_image(tmp_path: Path) -> None:
    path = tmp_path / "wrong_name.png"
    Image.fromarray(np.full((40, 70, 3), 250, np.uint8)).save(path, "JPEG")
    row = scan([str(path)], tmp_path / "cache").iloc[0]
    assert row["id"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (row["width"], row["height"], row["format"]) == (70, 40, "JPEG")
    assert row["flags"] == "blank,bright"
    assert row["error"] == ""


def test_a_tiny_and_a_dark_picture_are_flagged(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 31, (31, 40), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    assert scan([str(tmp_path / "a.png")], tmp_path / "cache")["flags"].tolist() == ["tiny,dark"]


def test_rows_come_in_the_order_of_the_paths_also_when_half_are_known(pictures: list[str], tmp_path: Path) -> None:
    scan(pictures[::2], tmp_path / "cache")
    shuffled = [*pictures[::-1], pictures[3]]
    assert scan(shuffled, tmp_path / "cache")["path"].tolist() == shuffled


def test_a_second_scan_reads_no_image(pictures: list[str], tmp_path: Path, monkeypatch) -> None:
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(Path(pictures[0]).read_bytes()[:100])
    first = scan([*pictures, str(damaged)], tmp_path / "cache")
    refuse_to_read(monkeypatch)
    pd.testing.assert_frame_equal(scan([*pictures, str(damaged)], tmp_path / "cache"), first)


def test_a_changed_file_is_read_again(pictures: list[str], tmp_path: Path) -> None:
    before = scan(pictures, tmp_path / "cache").set_index("path")
    changed = pictures[7]
    Path(pictures[8]).replace(changed)
    after = scan(pictures[:8], tmp_path / "cache").set_index("path")
    assert after.loc[changed, "id"] == before.loc[pictures[8], "id"]
    assert after.loc[pictures[0], "id"] == before.loc[pictures[0], "id"]


@pytest.mark.parametrize("how", ["swapped folders", "written over", "of a file system without inodes"])
def test_other_pictures_of_the_same_size_and_time_are_seen(tmp_path: Path, monkeypatch, how: str) -> None:
    cats, dogs = tmp_path / "cats", tmp_path / "dogs"
    for folder, level in ((cats, 40), (dogs, 200)):
        folder.mkdir()
        Image.fromarray(np.full((40, 40, 3), level, np.uint8)).save(folder / "0.bmp")
        os.utime(folder / "0.bmp", (1577836800, 1577836800))
    if how == "of a file system without inodes":
        stat = os.fstat
        monkeypatch.setattr(os, "fstat", lambda opened: _Status(stat(opened)))
    paths = [str(cats / "0.bmp"), str(dogs / "0.bmp")]
    before = scan(paths, tmp_path / "cache")["id"].tolist()
    if how == "swapped folders":
        cats.rename(tmp_path / "x")
        dogs.rename(cats)
        (tmp_path / "x").rename(dogs)
    else:
        first, second = ((folder / "0.bmp").read_bytes() for folder in (cats, dogs))
        (cats / "0.bmp").write_bytes(second)
        (dogs / "0.bmp").write_bytes(first)
        for folder in (cats, dogs):
            os.utime(folder / "0.bmp", (1577836800, 1577836800))
    assert scan(paths, tmp_path / "cache")["id"].tolist() == before[::-1]


class _Status:
    """What a file system reports that knows neither inodes nor the time of a change of them."""

    st_ino = st_ctime_ns = 0

    def __init__(self, status: os.stat_result) -> None:
        self.st_size, self.st_mtime_ns = status.st_size, status.st_mtime_ns


def test_a_file_that_could_not_be_read_for_once_is_tried_again(
    pictures: list[str], tmp_path: Path, monkeypatch
) -> None:
    def failing(path: str) -> bytes:
        raise DataError(f"{path}: cannot be read (Input/output error)")

    with monkeypatch.context() as patched:
        patched.setattr(module, "read_bytes", failing)
        assert set(scan(pictures[:2], tmp_path / "cache")["error"]) == {"cannot be read (Input/output error)"}
    assert set(scan(pictures[:2], tmp_path / "cache")["error"]) == {""}


def test_an_unreadable_file_gets_its_reason_and_another_try(pictures: list[str], tmp_path: Path) -> None:
    late, folder = tmp_path / "late.png", tmp_path / "folder.png"
    folder.mkdir()
    rows = scan([str(late), str(folder), pictures[0]], tmp_path / "cache")
    assert rows["error"].tolist() == ["cannot be read (No such file or directory)", "not a regular file", ""]
    late.write_bytes(Path(pictures[0]).read_bytes())
    assert scan([str(late)], tmp_path / "cache")["error"].tolist() == [""]


@pytest.mark.parametrize("damage", ["truncated", "emptied", "flipped", "foreign"])
def test_a_damaged_shard_is_ignored_and_its_images_scanned_again(
    damage: str, pictures: list[str], tmp_path: Path, monkeypatch, caplog
) -> None:
    first = scan(pictures, tmp_path / "cache")
    (shard,) = (tmp_path / "cache").rglob("*.parquet")
    data = bytearray(shard.read_bytes())
    data[-60] ^= 1
    pieces = {"truncated": data[: len(data) // 2], "emptied": b"", "flipped": data, "foreign": b"PAR1 not really PAR1"}
    shard.write_bytes(bytes(pieces[damage]))
    pd.testing.assert_frame_equal(scan(pictures, tmp_path / "cache"), first)
    assert "is damaged; its images are scanned again" in caplog.text
    refuse_to_read(monkeypatch)
    pd.testing.assert_frame_equal(scan(pictures, tmp_path / "cache"), first)


def test_at_most_a_few_images_are_in_memory(pictures: list[str], tmp_path: Path, monkeypatch) -> None:
    alive, most = 0, 0
    decode = module.decode_with_format

    class Pixels(np.ndarray):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def counted(data: bytes, name: str, *samples: object) -> tuple[np.ndarray, str]:
        nonlocal alive, most
        image, kind = decode(data, name)
        alive += 1
        most = max(most, alive)
        return Pixels(image.shape, np.uint8, image.tobytes()), kind

    monkeypatch.setattr(module, "decode_with_format", counted)
    scan(pictures, tmp_path / "cache", workers=3)
    assert 1 <= most <= 3


SCANNER = """
    import sys, time
    from pathlib import Path
    from assay.data import scan as module
    module.SHARD_SIZE = 5
    decode = module.decode_with_format
    def slow(data, name, *samples):
        time.sleep(float(sys.argv[3]))
        print("read", flush=True)
        return decode(data, name)
    module.decode_with_format = slow
    paths = sorted(str(path) for path in Path(sys.argv[1]).iterdir())
    module.scan(paths, Path(sys.argv[2]), workers=2)
"""


def scanner(pictures: list[str], cache: Path, pause: float) -> subprocess.Popen:
    command = [sys.executable, "-c", textwrap.dedent(SCANNER), str(Path(pictures[0]).parent), str(cache), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_scan_loses_one_shard_at_most(pictures: list[str], tmp_path: Path, monkeypatch) -> None:
    cache = tmp_path / "cache"
    process = scanner(pictures, cache, 0.05)
    for _ in range(18):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    read = 18 + len(process.stdout.readlines())
    process.wait()
    again = []
    read_bytes = module.read_bytes
    monkeypatch.setattr(module, "read_bytes", lambda path: again.append(path) or read_bytes(path))
    rows = scan(pictures, cache)
    assert (rows["error"] == "").all()
    # One shard of 5, and what the two workers had begun of the next.
    assert len(pictures) - read <= len(again) <= len(pictures) - read + 5 + 2


def test_an_interrupt_keeps_what_was_read(pictures: list[str], tmp_path: Path, monkeypatch) -> None:
    cache = tmp_path / "cache"
    decode = module.decode_with_format

    def interrupted(data: bytes, name: str, *samples: object) -> tuple[np.ndarray, str]:
        if name == pictures[20]:
            raise KeyboardInterrupt
        return decode(data, name)

    monkeypatch.setattr(module, "decode_with_format", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scan(pictures, cache)
    refuse_to_read(monkeypatch)
    assert len(scan(pictures[:20], cache)) == 20


def test_two_processes_may_scan_at_once(pictures: list[str], tmp_path: Path, monkeypatch) -> None:
    cache = tmp_path / "cache"
    processes = [scanner(pictures, cache, 0.01) for _ in range(2)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    refuse_to_read(monkeypatch)
    assert scan(pictures, cache)["id"].nunique() == len(pictures)
    assert not list(cache.rglob("*.tmp"))


def test_a_cache_that_cannot_be_written_costs_another_reading_and_nothing_else(
    pictures: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    pd.testing.assert_frame_equal(scan(pictures, tmp_path / "cache"), scan(pictures, tmp_path / "other"))
    assert "cannot be written" in caplog.text


def test_no_paths_make_an_empty_table(tmp_path: Path) -> None:
    assert len(scan([], tmp_path / "cache")) == 0


def test_what_scanned_pictures_look_like_is_read_from_the_scan_alone(
    pictures: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = scan(pictures, tmp_path / "cache")["id"].tolist()
    fresh = scan_looks(pictures, ids, tmp_path / "another")
    refuse_to_read(monkeypatch)
    for path in pictures:
        Path(path).unlink()
    kept = scan_looks(pictures[::-1], ids[::-1], tmp_path / "cache")
    assert (kept.greys[::-1] == fresh.greys).all()
    assert kept.pixels[::-1].tolist() == fresh.pixels.tolist()
    assert len(set(fresh.pixels.tolist())) == len(pictures)
