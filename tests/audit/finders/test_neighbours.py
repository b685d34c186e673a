import numpy as np
import pytest

from assay.audit.finders import near_embeddings
from assay.audit.finders.near_embeddings import NearEmbeddings
from assay.audit.finders.neighbours import neighbourhoods

rng = np.random.default_rng(0)
LABELS = np.arange(600) % 3


def apart(seed: int = 0) -> np.ndarray:
    """600 directions of 64 dimensions that nobody copied."""
    return np.random.default_rng(seed).normal(size=(600, 64)).astype(np.float32)


def rows(vectors: np.ndarray, labels: np.ndarray = LABELS) -> list[list[int]]:
    near = neighbourhoods(vectors, labels)
    assert near is not None
    return [cluster.tolist() for cluster in near.clusters]


def test_directions_that_nobody_copied_are_no_neighbours() -> None:
    assert rows(apart()) == []


def test_copies_are_clusters_of_their_own() -> None:
    vectors = apart()
    for copy, original in ((10, 4), (11, 4), (300, 70)):
        vectors[copy] = vectors[original] * 3 + 0.05 * rng.normal(size=64)
    labels = LABELS.copy()
    labels[[10, 11, 300]] = LABELS[[4, 4, 70]]
    assert rows(vectors, labels) == [[4, 10, 11], [70, 300]]


def test_two_pictures_under_two_labels_do_not_hide_the_others() -> None:
    vectors = apart()
    vectors[5], vectors[9] = vectors[4], vectors[6]
    assert [4, 5] in rows(vectors)
    assert [6, 9] in rows(vectors)


def test_a_chain_does_not_join_unlike_pictures() -> None:
    vectors = apart()
    start, end = vectors[0] / np.linalg.norm(vectors[0]), vectors[3] / np.linalg.norm(vectors[3])
    chain = np.linspace(0, 1, 60)[:, None]
    vectors[3:63] = (1 - chain) * start + chain * end
    labels = LABELS.copy()
    labels[:63] = 0
    near = neighbourhoods(vectors, labels)
    assert near is None or all(len(cluster) < 4 for cluster in near.clusters)


def test_look_alikes_are_not_taken_for_copies() -> None:
    vectors = apart()
    vectors[:60] = vectors[0] + 0.65 * rng.normal(size=(60, 64))
    labels = LABELS.copy()
    labels[:60] = 0
    near = neighbourhoods(vectors, labels)
    assert near is None or near.clusters == ()


@pytest.mark.parametrize("block", [7, 100, 4096])
@pytest.mark.parametrize("dimensions", [64, 600])
def test_neighbours_are_those_of_the_whole_product(
    block: int, dimensions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_embeddings, "_BLOCK", block)
    monkeypatch.setattr(near_embeddings, "_SAMPLE", 200)
    draw = np.random.default_rng(1)
    # Few directions vary most, as in embeddings: those alone tell most pairs apart, and some rest decides.
    vectors = draw.normal(size=(600, dimensions)) / (1 + np.arange(dimensions))
    vectors[:40] = vectors[40:80] + 0.02 * draw.normal(size=(40, dimensions)) / (1 + np.arange(dimensions))
    near = NearEmbeddings.of(vectors.astype(np.float32))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distances = 1 - unit @ unit.T
    apart = np.where(LABELS[:, None] == LABELS[None], np.inf, distances).min(axis=1)
    place = 20
    closest = np.sort(near.nearest_of_other_class(LABELS, place))
    assert closest[: place + 1] == pytest.approx(np.sort(apart)[: place + 1], abs=1e-5)
    reach = float(np.quantile(distances, 0.02))
    pairs = near.pairs_within(reach, 600 * 600)
    assert pairs is not None
    first, second = np.nonzero(np.triu(distances <= reach, 1))
    assert sorted(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == sorted(
        zip(first.tolist(), second.tolist(), strict=True)
    )
    assert near.pairs_within(reach, len(pairs) - 1) is None


def test_one_class_alone_cannot_tell_how_near_copies_are() -> None:
    assert neighbourhoods(apart(), np.zeros(600, dtype=np.int64)) is None
