"""EmbeddingDataset: cached embeddings as a training set, whole batches at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from assay.predictions import FloatArray, IntArray


class EmbeddingDataset(Dataset[tuple[Tensor, Tensor]]):
    """Embeddings and labels; of several views of an image, each epoch takes one at random.

    Args:
        vectors: [V, N, D] float32, V views of N images.
        labels: [N] class indices.
        seed: with the epoch, decides which view is taken.
    """

    def __init__(self, vectors: FloatArray, labels: IntArray, *, seed: int = 0) -> None:
        self.vectors = torch.from_numpy(np.require(vectors, np.float32, ["C", "W"]))
        self.labels = torch.from_numpy(np.array(labels, dtype=np.int64))
        self.seed = seed
        self.set_epoch(0)

    def __len__(self) -> int:
        return len(self.labels)

    def set_epoch(self, epoch: int) -> None:
        """Choose the view of every image for an epoch."""
        views, images = self.vectors.shape[:2]
        chosen = np.random.default_rng([self.seed, epoch]).integers(views, size=images)
        self._view = torch.from_numpy(chosen)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.vectors[self._view[index], index], self.labels[index]

    def __getitems__(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        chosen = torch.as_tensor(indices)
        return self.vectors[self._view[chosen], chosen], self.labels[chosen]


def embedding_loader(
    dataset: EmbeddingDataset, batch_size: int, *, sampler: Iterable[int] | None = None
) -> DataLoader[Any]:
    """Batches (embeddings [B, D], labels [B]) without a copy per image."""
    return DataLoader(dataset, batch_size=batch_size, sampler=sampler, collate_fn=_as_it_is)


def _as_it_is(batch: Any) -> Any:
    return batch
