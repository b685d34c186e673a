"""Sets of a real embedding store: what they are, when they were used, and taking them away under who uses them."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np

from assay.disk import remove
from assay.embeddings.key import EmbeddingKey
from assay.embeddings.pruning import embedding_sets
from assay.embeddings.store import EmbeddingStore

KEY = EmbeddingKey("w" * 64, "p" * 64, 4, {"backbone": "tiny", "size": 32})
VIEW = EmbeddingKey("w" * 64, "q" * 64, 4, {"backbone": "tiny", "size": 32, "augmentation": {"view": 2}})
IDS = [f"{number:04d}" for number in range(60)]
VECTORS = np.arange(240, dtype=np.float32).reshape(60, 4)


def filled(root: Path, *keys: EmbeddingKey) -> EmbeddingStore:
    store = EmbeddingStore(root)
    for key in keys:
        with store.writer(key) as writer:
            writer.append(IDS, VECTORS)
    return store


def age(folder: Path, days: float) -> None:
    then = time.time() - days * 86400
    for path in [*folder.iterdir(), folder]:
        os.utime(path, (then, then))


def test_sets_say_whose_they_are_and_other_folders_are_none(tmp_path: Path) -> None:
    filled(tmp_path, KEY, VIEW)
    (tmp_path / ("a" * 32)).mkdir()
    (tmp_path / "notes").mkdir()
    sets = {entry.what: entry for entry in embedding_sets(tmp_path)}
    assert set(sets) == {"tiny, 32 pixels", "tiny, 32 pixels, augmented view 2"}
    sizes = {path: path.stat().st_size for path in sets["tiny, 32 pixels"].folder.iterdir()}
    assert sets["tiny, 32 pixels"].use.size == sum(sizes.values())
    assert list(embedding_sets(tmp_path / "missing")) == []


def test_reading_vectors_is_a_use_and_listing_sets_is_none(tmp_path: Path) -> None:
    store = filled(tmp_path, KEY, VIEW)
    for key in (KEY, VIEW):
        age(store.folder(key), 40)
    store.read(KEY, IDS[:3])
    for _ in range(2):
        days = {entry.folder: (time.time() - entry.use.used) / 86400 for entry in embedding_sets(tmp_path)}
        assert days[store.folder(KEY)] < 1
        assert days[store.folder(VIEW)] > 39


def test_a_writer_and_a_reader_go_on_while_their_set_is_taken_away_again_and_again(tmp_path: Path) -> None:
    store, done, removed = EmbeddingStore(tmp_path), threading.Event(), []

    def prune() -> None:
        while not done.wait(0.05):
            removed.extend(entry for entry in list(embedding_sets(tmp_path)) if remove(entry.folder))

    pruning = threading.Thread(target=prune)
    pruning.start()
    try:
        while len(removed) < 20 and pruning.is_alive():
            with store.writer(KEY) as writer:
                writer.append(IDS, VECTORS)
            vectors, there = store.read(KEY, IDS)
            np.testing.assert_array_equal(vectors[there], VECTORS[there])
    finally:
        done.set()
        pruning.join()
    assert len(removed) >= 20
    assert store.problems == []
    filled(tmp_path, KEY)
    assert store.read(KEY, IDS)[1].all()
    assert store.validate() == []
