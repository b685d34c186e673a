import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest
import torch

from assay.data.image import read_image
from assay.embeddings.extract import Embedder, embed, embed_views
from assay.embeddings.store import EmbeddingStore
from assay.embeddings.validation import validate_embeddings
from assay.errors import DataError, StoreError


class Jitter:
    """Brightness by chance, with state in the object as albumentations has it."""

    digest = "jitter"

    def __init__(self) -> None:
        self.rng: np.random.Generator | None = None

    def __call__(self, image, size, resize, rng):
        self.rng = rng
        crop = image[:size, :size]
        padded = np.zeros((size, size, 3), dtype=np.uint8)
        padded[: crop.shape[0], : crop.shape[1]] = crop
        return (padded * self.rng.uniform(0.2, 1.0)).astype(np.uint8)


@pytest.fixture
def store(tmp_path) -> EmbeddingStore:
    return EmbeddingStore(tmp_path / "store")


@pytest.fixture
def make_embedder(preprocessing, store, exported):
    def make(network, backend="eager") -> Embedder:
        return Embedder(network, preprocessing, store, cache_dir=exported, backend=backend)

    return make


def one_by_one(manifest, network, preprocessing) -> np.ndarray:
    """The plain loop: read, preprocess, embed, one picture at a time."""
    with torch.inference_mode():
        return np.concatenate(
            [
                network.eval().embed(torch.from_numpy(preprocessing(read_image(path)).transpose(2, 0, 1).copy())[None])
                for path in manifest.paths
            ]
        )


@pytest.mark.parametrize("backend", ["onnx", "eager"])
def test_embeddings_come_in_the_order_of_the_manifest(
    make_manifest, network, preprocessing, make_embedder, backend
) -> None:
    manifest = make_manifest(70)
    shuffled = replace(manifest, table=manifest.table.sample(frac=1, random_state=0))
    for order in (manifest, shuffled):
        vectors = make_embedder(network, backend=backend)(order)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(vectors, one_by_one(order, network, preprocessing), rtol=1e-4, atol=1e-6)


def test_a_full_store_starts_no_runtime(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(5)
    cold, warm = make_embedder(network), make_embedder(network)
    first = cold(manifest)
    assert cold.runtime is not None
    assert cold.computed == 5
    np.testing.assert_array_equal(warm(manifest), first)
    assert warm.runtime is None
    assert warm.computed == 0


def test_only_missing_images_are_computed_and_equal_those_of_a_full_run(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(40)
    part = replace(manifest, table=manifest.table.iloc[::3])
    embedder = make_embedder(network)
    some = embedder(part)
    full = embedder(manifest)
    assert embedder.computed == 40
    np.testing.assert_array_equal(full[::3], some)
    other_store = EmbeddingStore(embedder.store.root / "other")
    elsewhere = Embedder(network, embedder.preprocessing, other_store, backend="eager")
    np.testing.assert_allclose(full, elsewhere(manifest), rtol=1e-6)


def test_byte_identical_images_are_computed_once(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(3, repeat_first=4)
    embedder = make_embedder(network)
    vectors = embedder(manifest)
    assert embedder.computed == 3
    assert (vectors[1:5] == vectors[0]).all()
    assert not (vectors[5] == vectors[0]).all()


def test_other_weights_are_never_served_from_the_store(make_manifest, make_network, make_embedder) -> None:
    manifest = make_manifest(3)
    before = make_embedder(make_network(0))(manifest)
    other = make_embedder(make_network(1))
    assert not np.allclose(other(manifest), before)
    assert other.computed == 3


def test_weights_that_change_under_an_embedder_are_refused(make_manifest, network, make_embedder) -> None:
    embedder = make_embedder(network)
    with torch.no_grad():
        network.backbone.features[0].weight.add_(1)
    with pytest.raises(StoreError, match="have changed"):
        embedder(make_manifest(2))


def test_a_damaged_shard_is_computed_again(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(5)
    embedder = make_embedder(network)
    first = embedder(manifest)
    (shard,) = embedder.store.folder(embedder.key()).glob("*.safetensors")
    content = bytearray(shard.read_bytes())
    content[-7] ^= 1
    shard.write_bytes(content)
    np.testing.assert_array_equal(embedder(manifest), first)
    assert embedder.computed == 10
    assert embedder.store.validate() == []


def test_a_file_that_changed_since_the_manifest_was_built_is_refused(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(2)
    manifest.paths[1].write_bytes(manifest.paths[0].read_bytes())
    with pytest.raises(DataError, match=r"1\.png: has changed"):
        make_embedder(network)(manifest)


def test_a_file_that_is_gone_is_named_and_what_came_before_is_kept(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(40)
    manifest.paths[39].unlink()
    embedder = make_embedder(network)
    with pytest.raises(DataError, match=r"39\.png"):
        embedder(manifest)
    assert embedder.store.read(embedder.key(), manifest.ids)[1].tolist() == [True] * 32 + [False] * 8


def test_weights_that_give_no_numbers_are_not_blamed_on_a_picture(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(3)
    with torch.no_grad():
        network.backbone.features[0].weight.fill_(torch.nan)
    embedder = make_embedder(network)
    with pytest.raises(StoreError, match=r"not finite for any of 3 pictures.*It is the weights"):
        embedder(manifest)
    assert not embedder.store.read(embedder.key(), manifest.ids)[1].any()


def test_the_note_of_a_fallback_reaches_the_embedder(make_manifest, unexportable, make_embedder) -> None:
    embedder = make_embedder(unexportable, backend="auto")
    assert embedder.note == ""
    embedder(make_manifest(2))
    assert "not by ONNX Runtime" in embedder.note


def test_views_differ_repeat_exactly_and_do_not_depend_on_threads(
    make_manifest, network, preprocessing, tmp_path
) -> None:
    manifest = make_manifest(20)

    def views(folder: str, threads: int, seed: int = 0) -> np.ndarray:
        store = EmbeddingStore(tmp_path / folder)
        embedder = Embedder(network, preprocessing, store, backend="eager", threads=threads)
        vectors = embed_views(embedder, manifest, policy=Jitter(), views=3, seed=seed)
        np.testing.assert_array_equal(embed_views(embedder, manifest, policy=Jitter(), views=3, seed=seed), vectors)
        assert embedder.computed == 60
        return vectors

    first = views("a", threads=1)
    assert first.shape == (3, 20, 8)
    assert not np.allclose(first[0], first[1])
    np.testing.assert_array_equal(views("b", threads=4), first)
    assert not np.allclose(views("a", threads=1, seed=1), first)


def test_validation_finds_what_is_missing_damaged_or_not_what_the_network_computes(
    make_manifest, network, make_embedder
) -> None:
    manifest = make_manifest(6)
    embedder = make_embedder(network)
    embedder(replace(manifest, table=manifest.table.iloc[:4]))
    found = validate_embeddings(embedder, manifest)
    assert (found.images, found.stored, found.compared, found.ok) == (6, 4, 4, False)
    embedder(manifest)
    assert validate_embeddings(embedder, manifest, sample=3).ok

    key = embedder.key()
    for shard in embedder.store.folder(key).glob("*.safetensors"):
        shard.unlink()
    with embedder.store.writer(key) as writer:
        writer.append(manifest.ids, np.ones((6, 8), dtype=np.float32))
    wrong = validate_embeddings(embedder, manifest)
    assert wrong.stored == 6
    assert wrong.difference > 0.1
    assert not wrong.ok


def test_an_empty_manifest_gives_no_rows(make_manifest, network, make_embedder) -> None:
    manifest = make_manifest(1)
    assert make_embedder(network)(replace(manifest, table=manifest.table.iloc[:0])).shape == (0, 8)


def test_embed_is_the_embedder_in_one_call(make_manifest, network, preprocessing, store) -> None:
    manifest = make_manifest(3)
    vectors = embed(manifest, network, preprocessing, store, backend="eager")
    np.testing.assert_allclose(vectors, one_by_one(manifest, network, preprocessing), rtol=1e-4, atol=1e-6)


def test_reading_a_full_store_imports_neither_the_exporter_nor_onnx_runtime() -> None:
    code = """
        import sys
        import assay.embeddings.extract, assay.embeddings.validation
        assert not {"onnx", "onnxruntime", "onnxscript", "timm", "albumentations"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_pictures_that_are_decoded_anew_are_not_taken_from_before_and_all_others_are(
    make_manifest, network, make_embedder
) -> None:
    manifest = make_manifest(4)
    kinds = ["PNG", "TIFF", "JPEG", "TIFF"]
    manifest = replace(manifest, table=manifest.table.assign(format=kinds))
    embedder = make_embedder(network)
    with embedder.store.writer(embedder.key()) as writer:  # as a version of before left them
        writer.append(manifest.ids, np.ones((4, 8), dtype=np.float32))
    vectors = embedder(manifest)
    assert (vectors == 1).all(axis=1).tolist() == [kind != "TIFF" for kind in kinds]
    assert embedder.computed == 2
    again = make_embedder(network)
    np.testing.assert_array_equal(again(manifest), vectors)
    assert again.computed == 0
