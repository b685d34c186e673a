"""Several workers on one store: no image twice, the bytes of one process, and no part lost with a worker."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from assay.data.manifest import Manifest
from assay.embeddings.claimed_work import work_through
from assay.embeddings.claims import claimed
from assay.embeddings.extract import Embedder
from assay.embeddings.parts import cut
from assay.embeddings.store import EmbeddingStore
from assay.embeddings.store_files import CLAIMS

HOLDS = """
import sys, time
from pathlib import Path
from assay.embeddings.claims import claimed
from assay.embeddings.parts import VectorPart
with claimed(Path(sys.argv[1]), VectorPart(sys.argv[2], None, ())) as own:
    print(own, flush=True)
    time.sleep(600)
"""
Make = Callable[[], Embedder]


@pytest.fixture
def make(network, preprocessing, tmp_path: Path, exported: Path) -> Make:
    return lambda: Embedder(
        network, preprocessing, EmbeddingStore(tmp_path / "store"), cache_dir=exported, backend="eager"
    )


@pytest.fixture
def alone(network, preprocessing, tmp_path: Path) -> Callable[[Manifest], np.ndarray]:
    """What one process computes, in a store of its own."""
    return Embedder(network, preprocessing, EmbeddingStore(tmp_path / "alone"), backend="eager")


def images_in(embedder: Embedder) -> int:
    (stored,) = embedder.store.contents()
    return stored.images


def test_two_workers_at_once_embed_no_image_twice_and_give_the_bytes_of_one_process(
    make_manifest, make: Make, alone
) -> None:
    manifest = make_manifest(300, repeat_first=3)
    parts = cut(manifest.pixel_ids, None, batch=32)
    start = threading.Barrier(3)

    def work(embedder: Embedder) -> int:
        start.wait()
        return work_through(embedder, manifest, parts).computed

    with ThreadPoolExecutor(3) as pool:
        computed = list(pool.map(work, [make() for _ in range(3)]))
    embedder = make()
    assert sum(computed) == images_in(embedder) == 300
    vectors = embedder(manifest)
    assert embedder.computed == 0
    assert vectors.tobytes() == alone(manifest).tobytes()
    assert list((embedder.store.folder(embedder.key()) / CLAIMS).iterdir()) == []


def test_a_part_is_left_to_who_has_it_and_taken_over_when_he_is_killed(make_manifest, make: Make, alone) -> None:
    manifest = make_manifest(100)
    embedder = make()
    parts = cut(manifest.pixel_ids, None, batch=32)
    folder = embedder.store.folder(embedder.key())
    command = [sys.executable, "-c", HOLDS, str(folder), parts[1].name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work_through, embedder, manifest, parts)
            while embedder.computed < 68:
                assert not working.done()
                time.sleep(0.01)
            with claimed(folder, parts[1]) as own:
                assert not own
            holder.send_signal(signal.SIGKILL)
            assert working.result(60).computed == 100
    assert images_in(embedder) == 100
    assert make()(manifest).tobytes() == alone(manifest).tobytes()


def test_what_is_stored_is_not_computed_again_whoever_stored_it(make_manifest, make: Make, alone) -> None:
    manifest = make_manifest(100)
    some = Manifest(manifest.table.iloc[::3], manifest.class_names)
    make()(some)
    done = work_through(make(), manifest, cut(manifest.pixel_ids, None, batch=32))
    assert (done.computed, done.backend) == (66, "eager")
    assert make()(manifest).tobytes() == alone(manifest).tobytes()


def test_a_picture_that_is_gone_keeps_no_other_part_from_being_done(make_manifest, make: Make) -> None:
    manifest = make_manifest(128)
    for gone in (40, 100):
        manifest.paths[gone].unlink()
    embedder = make()
    done = work_through(embedder, manifest, cut(manifest.pixel_ids, None, batch=32))
    assert done.refused is not None
    number, error = done.refused
    assert number == 1
    assert "40.png" in str(error)
    assert embedder.store.read(embedder.key(), manifest.ids)[1].tolist() == ([True] * 32 + [False] * 32) * 2
