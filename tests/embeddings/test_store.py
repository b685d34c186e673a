import hashlib
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.config.compose import compose
from assay.embeddings.key import EmbeddingKey
from assay.embeddings.store import EmbeddingStore
from assay.errors import StoreError

DIM = 16
KEY = EmbeddingKey("weights", "preprocessing", DIM, {"backbone": "tiny"})

# What a writing process does: the vector of image i is a function of i, so that any reader can tell right from wrong.
WRITER = f"""
    import hashlib, sys
    from pathlib import Path
    import numpy as np
    from assay.embeddings.key import EmbeddingKey
    from assay.embeddings.store import EmbeddingStore

    store, count = EmbeddingStore(Path(sys.argv[1])), int(sys.argv[2])
    with store.writer(EmbeddingKey("weights", "preprocessing", {DIM})) as writer:
        for start in range(0, count, 64):
            numbers = range(start, min(start + 64, count))
            ids = [hashlib.sha256(str(n).encode()).hexdigest() for n in numbers]
            writer.append(ids, np.array([np.full({DIM}, n) for n in numbers], dtype=np.float32))
            print(numbers[-1] + 1, flush=True)
"""


def ids_of(numbers) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in numbers]


def vectors_of(numbers) -> np.ndarray:
    return np.array([np.full(DIM, number) for number in numbers], dtype=np.float32).reshape(-1, DIM)


def start_writer(root: Path, count: int) -> subprocess.Popen:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(root), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def fill(store: EmbeddingStore, count: int, key: EmbeddingKey = KEY) -> None:
    with store.writer(key) as writer:
        writer.append(ids_of(range(count)), vectors_of(range(count)))


def shards(store: EmbeddingStore, key: EmbeddingKey = KEY) -> list[Path]:
    return sorted(store.folder(key).glob("*.safetensors"))


def test_an_empty_store_finds_nothing_and_makes_no_folder(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path / "store")
    vectors, found = store.read(KEY, ids_of(range(3)))
    assert vectors.shape == (3, DIM)
    assert not found.any()
    assert not (tmp_path / "store").exists()


@settings(max_examples=25, deadline=None)
@given(
    parts=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=20, unique=True), max_size=5),
    asked=st.lists(st.integers(0, 50), max_size=60),
)
def test_what_was_appended_is_read_in_the_order_asked(tmp_path_factory, parts, asked) -> None:
    store = EmbeddingStore(tmp_path_factory.mktemp("store"))
    for numbers in parts:
        with store.writer(KEY) as writer:
            writer.append(ids_of(numbers), vectors_of(numbers))
    vectors, found = store.read(KEY, ids_of(asked))
    known = {number for numbers in parts for number in numbers}
    assert found.tolist() == [number in known for number in asked]
    np.testing.assert_array_equal(vectors[found], vectors_of([number for number in asked if number in known]))


def test_shards_hold_at_most_1024_images(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 2500)
    assert len(shards(store)) == 3
    vectors, found = store.read(KEY, np.array(ids_of(range(2500))))
    assert found.all()
    np.testing.assert_array_equal(vectors, vectors_of(range(2500)))


@pytest.mark.parametrize(
    "other",
    [
        EmbeddingKey("other weights", "preprocessing", DIM),
        EmbeddingKey("weights", "other preprocessing", DIM),
        EmbeddingKey("weights", "preprocessing", DIM + 1),
    ],
)
def test_another_key_finds_nothing(tmp_path: Path, other: EmbeddingKey) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 3)
    assert not store.read(other, ids_of(range(3)))[1].any()


def test_a_person_can_read_what_a_folder_holds(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 3)
    about = json.loads((store.folder(KEY) / "about.json").read_text())
    assert about["backbone"] == "tiny"
    assert about["dim"] == DIM
    assert about["created"]
    (stored,) = store.contents()
    assert (stored.images, stored.shards) == (3, 1)
    assert stored.about == about


def test_shards_may_be_read_by_whoever_the_umask_allows(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    former = os.umask(0o022)
    try:
        fill(store, 3)
    finally:
        os.umask(former)
    assert stat.S_IMODE(shards(store)[0].stat().st_mode) == 0o644


def test_a_killed_writer_loses_at_most_one_shard_and_the_next_one_goes_on(tmp_path: Path) -> None:
    process = start_writer(tmp_path, 100_000)
    assert process.stdout is not None
    appended = 0
    while appended < 5000:
        appended = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    appended = max([appended, *(int(line) for line in process.stdout.read().splitlines() if line)])
    process.wait()

    store = EmbeddingStore(tmp_path)
    vectors, found = store.read(KEY, ids_of(range(appended)))
    assert found.sum() >= appended - 1024 - 64
    np.testing.assert_array_equal(vectors[found], vectors_of(np.flatnonzero(found)))
    assert store.validate() == []

    missing = np.flatnonzero(~found)
    with store.writer(KEY) as writer:
        writer.append(ids_of(missing), vectors_of(missing))
    vectors, found = store.read(KEY, ids_of(range(appended)))
    assert found.all()
    np.testing.assert_array_equal(vectors, vectors_of(range(appended)))


def test_two_processes_write_the_same_images_at_once_while_a_third_reads(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    asked = ids_of(range(6000))
    writers = [start_writer(tmp_path, 6000) for _ in range(2)]
    while any(writer.poll() is None for writer in writers):
        vectors, found = store.read(KEY, asked)
        np.testing.assert_array_equal(vectors[found], vectors_of(np.flatnonzero(found)))
        time.sleep(0.02)
    assert [writer.returncode for writer in writers] == [0, 0]
    vectors, found = store.read(KEY, asked)
    assert found.all()
    np.testing.assert_array_equal(vectors, vectors_of(range(6000)))
    assert store.contents()[0].images == 12_000
    assert store.validate(KEY) == []
    assert store.problems == []


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.99])
def test_a_flipped_byte_is_found_and_the_shard_set_aside(tmp_path: Path, place: float) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 100)
    (path,) = shards(store)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    path.write_bytes(content)

    assert [problem.path for problem in store.validate(KEY)] == [path]
    assert path.exists()  # validation only looks

    _, found = store.read(KEY, ids_of(range(100)))
    assert not found.any()
    assert not path.exists()
    (problem,) = store.problems
    assert problem.path == path
    assert problem.moved_to == path.parent / "damaged" / path.name
    assert problem.moved_to.read_bytes() == content

    fill(store, 100)
    assert store.read(KEY, ids_of(range(100)))[1].all()
    assert store.validate() == []


def test_a_damaged_shard_leaves_the_others_alone(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 2500)
    middle = shards(store)[1]
    middle.write_bytes(middle.read_bytes()[:-100])
    vectors, found = store.read(KEY, ids_of(range(2500)))
    assert found.tolist() == [True] * 1024 + [False] * 1024 + [True] * 452
    np.testing.assert_array_equal(vectors[found], vectors_of(range(2500))[found])


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"not a shard"])
def test_a_file_that_is_no_shard_is_set_aside(tmp_path: Path, content: bytes) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 3)
    stranger = store.folder(KEY) / "00000000000000000000-1-aaaaaaaa.safetensors"
    stranger.write_bytes(content)
    assert store.read(KEY, ids_of(range(3)))[1].all()
    assert [problem.path for problem in store.problems] == [stranger]


def test_a_shard_copied_from_another_key_is_not_believed(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    other = EmbeddingKey("older weights", "preprocessing", DIM)
    fill(store, 3, key=other)
    (shard,) = shards(store, other)
    store.folder(KEY).mkdir()
    (store.folder(KEY) / shard.name).write_bytes(shard.read_bytes())
    assert not store.read(KEY, ids_of(range(3)))[1].any()
    assert "checksum" in store.problems[0].what


def test_a_folder_whose_about_names_another_key_is_a_problem(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 3)
    about = store.folder(KEY) / "about.json"
    about.write_text(about.read_text().replace('"weights"', '"weight"', 1))
    (problem,) = store.validate()
    assert problem.path == store.folder(KEY)


def test_vectors_of_the_wrong_length_are_refused(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    with store.writer(KEY) as writer, pytest.raises(StoreError, match=r"\(2, 17\).*2 images"):
        writer.append(ids_of(range(2)), np.zeros((2, DIM + 1), dtype=np.float32))
    assert not shards(store)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_not_finite_is_refused_with_its_image(tmp_path: Path, value: float) -> None:
    store = EmbeddingStore(tmp_path)
    vectors = vectors_of(range(3))
    vectors[1, 5] = value
    with store.writer(KEY) as writer:
        writer.append(ids_of([7]), vectors_of([7]))
        with pytest.raises(StoreError, match=ids_of([1])[0]):
            writer.append(ids_of(range(3)), vectors)
    assert store.read(KEY, ids_of([7]))[1].all()  # what was right before is kept
    assert not store.read(KEY, ids_of(range(3)))[1].any()


def test_what_was_appended_before_an_error_is_kept(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)

    def interrupted() -> None:
        with store.writer(KEY) as writer:
            writer.append(ids_of(range(5)), vectors_of(range(5)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.read(KEY, ids_of(range(5)))[1].all()


def test_the_buffer_given_to_append_may_be_used_again(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    buffer = np.zeros((1, DIM), dtype=np.float32)
    with store.writer(KEY) as writer:
        for number in range(3):
            buffer[:] = number
            writer.append(ids_of([number]), buffer)
    np.testing.assert_array_equal(store.read(KEY, ids_of(range(3)))[0], vectors_of(range(3)))


def test_leftovers_of_killed_writers_are_tidied_up_when_they_are_old(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    fill(store, 1)
    young, old = (store.folder(KEY) / f".{age}.safetensors.1.abcd.tmp" for age in ("young", "old"))
    young.touch()
    old.touch()
    os.utime(old, (0, 0))
    fill(store, 1)
    assert young.exists()
    assert not old.exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = EmbeddingStore(tmp_path / "file")
    writer = store.writer(KEY)
    writer.append(ids_of(range(1)), vectors_of(range(1)))
    with pytest.raises(StoreError, match="or give a folder that may be written, cache=DIR"):
        writer.flush()
    elsewhere = EmbeddingStore(Path(compose([f"cache={tmp_path}/elsewhere"]).cache))
    fill(elsewhere, 1)
    assert list(elsewhere.folder(KEY).glob("*.safetensors"))


def test_a_disk_that_fills_up_in_the_middle_of_a_shard_leaves_no_half_shard(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = store.writer(KEY)
    writer.append(ids_of(range(100)), vectors_of(range(100)))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, limits[1]))
        with pytest.raises(StoreError, match="Free some space"):
            writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in store.folder(KEY).iterdir()] == ["about.json"]
    writer.flush()  # nothing is lost once there is space
    assert store.read(KEY, ids_of(range(100)))[1].all()


def test_two_machines_with_equal_clocks_and_process_numbers_do_not_overwrite_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    store = EmbeddingStore(tmp_path)
    for number in range(5):
        with store.writer(KEY) as writer:
            writer.append(ids_of([number]), vectors_of([number]))
    assert store.read(KEY, ids_of(range(5)))[1].all()
