"""Knn: distance to the k-th nearest training image."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import numpy as np

from assay.config.bounds import AtLeast
from assay.postprocess.ood.blocks import Blocks, unit_length
from assay.postprocess.ood.detector import Detector, Float64Array, LinearMap, State
from assay.predictions import FloatArray, IntArray

ROWS = 1024
SEED = 0


class Knn(Detector):
    """Euclidean distance of the embedding, at length 1, to the k-th nearest training embedding, at length 1.

    Exact, by matrix products in float64. pytorch-ood asks scikit-learn for the same; here fewer than k training images
    are an answer (the farthest counts) and what is learned can be saved.

    Args:
        k: which neighbour; 50 is the paper's choice for 50,000 images in 10 classes.
        bank: training images that are kept; of more, so many are drawn with a fixed seed.

    Source: Sun et al. (2022), Out-of-Distribution Detection with Deep Nearest Neighbors.
    """

    method: ClassVar[str] = "knn"
    order: ClassVar[int] = 3
    in_blocks: ClassVar[bool] = True

    bank_: FloatArray

    def __init__(self, k: Annotated[int, AtLeast(1)] = 50, bank: Annotated[int, AtLeast(1)] = 20_000) -> None:
        self.k = k
        self.bank = bank

    def _fit(self, embeddings: FloatArray, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        if len(embeddings) > self.bank:
            kept = np.sort(np.random.default_rng(SEED).permutation(len(embeddings))[: self.bank])
            embeddings = embeddings[kept]
        self.bank_ = np.empty(embeddings.shape, dtype=np.float32)
        for part, block in Blocks(embeddings, normalize=True):
            self.bank_[part] = block
        if len(self.bank_) < self.k:
            self.notes_ = (
                f"There are {len(self.bank_)} training images: the farthest stands for the {self.k}th nearest.",
            )

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        bank = self.bank_.astype(np.float64)
        lengths = (bank**2).sum(axis=1)
        rows = unit_length(embeddings)
        index = min(self.k, len(bank)) - 1
        scores = np.empty(len(rows))
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            squares = (part**2).sum(axis=1)[:, None] - 2 * part @ bank.T + lengths
            scores[start : start + ROWS] = np.partition(squares, index, axis=1)[:, index]
        return np.sqrt(np.maximum(scores, 0.0))

    def _is_fitted(self) -> bool:
        return hasattr(self, "bank_")

    def state(self) -> State:
        """The kept training embeddings, float32."""
        return {"method": self.method, "k": self.k, "bank": self.bank, "rows": self.bank_}

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        detector = cls(k=int(state["k"]), bank=int(state["bank"]))
        detector.bank_ = state["rows"]
        return detector
