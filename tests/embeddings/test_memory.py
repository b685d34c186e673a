from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from assay.embeddings.key import EmbeddingKey
from assay.embeddings.memory import RememberingStore
from assay.embeddings.store import EmbeddingStore

KEY, OTHER = EmbeddingKey("weights", "preprocessing", 4), EmbeddingKey("other weights", "preprocessing", 4)


def filled(root: Path, ids: list[str], key: EmbeddingKey = KEY, value: float = 1.0) -> None:
    with EmbeddingStore(root).writer(key) as writer:
        writer.append(ids, np.full((len(ids), 4), value, dtype=np.float32))


def test_what_was_read_once_is_read_from_memory_and_belongs_to_the_caller(tmp_path: Path) -> None:
    filled(tmp_path, ["a", "b"])
    store = RememberingStore(tmp_path)
    first, _ = store.read(KEY, ["a", "b"])
    shutil.rmtree(store.folder(KEY))
    first[:] = 7
    second, found = store.read(KEY, ["a", "b"])
    assert found.tolist() == [True, True]
    second += 1
    assert store.read(KEY, ["a", "b"])[0].tolist() == [[1.0] * 4] * 2
    assert store.read(KEY, ["b", "a"])[1].tolist() == [False, False], "another order is another question"


def test_a_set_of_which_an_image_is_missing_is_looked_up_again(tmp_path: Path) -> None:
    filled(tmp_path, ["a"])
    store = RememberingStore(tmp_path)
    assert store.read(KEY, ["a", "b"])[1].tolist() == [True, False]
    filled(tmp_path, ["b"], value=2.0)
    assert store.read(KEY, ["a", "b"])[0][:, 0].tolist() == [1.0, 2.0]


def test_other_weights_have_other_vectors(tmp_path: Path) -> None:
    filled(tmp_path, ["a"])
    filled(tmp_path, ["a"], OTHER, 2.0)
    store = RememberingStore(tmp_path)
    assert [store.read(key, ["a"])[0][0, 0] for key in (KEY, OTHER, KEY)] == [1.0, 2.0, 1.0]


def test_no_more_is_kept_than_allowed(tmp_path: Path) -> None:
    filled(tmp_path, ["a", "b", "c"])
    store = RememberingStore(tmp_path, at_most=2 * 4 * 4)
    for name in ("a", "b", "c"):
        store.read(KEY, [name])
    store.read(KEY, ["a", "b", "c"])
    shutil.rmtree(store.folder(KEY))
    assert [bool(store.read(KEY, [name])[1].all()) for name in ("a", "b", "c")] == [False, True, True]
