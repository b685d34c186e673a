from __future__ import annotations

import numpy as np
import torch

from assay.data.sampler.weighted import Weighted
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader


def views(count: int) -> np.ndarray:
    """Vectors that say which view and image they are."""
    grid = np.stack(np.meshgrid(np.arange(count), np.arange(50), indexing="ij"), axis=-1)
    return grid.astype(np.float32)


def shown(dataset: EmbeddingDataset) -> list[int]:
    return [int(vectors[0]) for vectors, _ in (dataset[index] for index in range(50))]


def test_each_epoch_shows_every_image_in_one_of_its_views_and_the_same_again_when_asked_again() -> None:
    dataset = EmbeddingDataset(views(4), np.arange(50) % 3, seed=1)
    epochs = []
    for epoch in (0, 1, 0):
        dataset.set_epoch(epoch)
        epochs.append(shown(dataset))
    assert epochs[0] == epochs[2] != epochs[1]
    assert set(epochs[0]) == {0, 1, 2, 3}
    assert [int(dataset[index][0][1]) for index in range(50)] == list(range(50))


def test_a_batch_is_what_its_items_are() -> None:
    dataset = EmbeddingDataset(views(3), np.arange(50) % 3)
    vectors, labels = dataset.__getitems__([7, 3, 7])
    expected = [dataset[index] for index in (7, 3, 7)]
    assert torch.equal(vectors, torch.stack([item[0] for item in expected]))
    assert labels.tolist() == [1, 0, 1]


def test_samplers_serve_embeddings_as_they_serve_images() -> None:
    labels = np.array([0] * 45 + [1] * 5)
    loader = embedding_loader(EmbeddingDataset(views(1), labels), 16, sampler=Weighted(labels, seed=0))
    drawn = torch.cat([batch[1] for batch in loader])
    assert torch.bincount(drawn).tolist() == [25, 25]


def test_arrays_that_cannot_be_written_are_copied() -> None:
    vectors = views(1)
    vectors.setflags(write=False)
    dataset = EmbeddingDataset(vectors, np.zeros(50, dtype=np.int64))
    dataset.vectors += 1
    assert vectors[0, 0, 0] == 0
