from collections.abc import Callable

import numpy as np
import pytest

from assay.postprocess.ood.detector import LinearMap
from assay.predictions import Predictions

Make = Callable[..., Predictions]
NAMES = ("shorter_side", "aspect", "sharpness", "brightness", "contrast", "entropy")
DIM, CLASSES = 12, 3
MEANS = np.random.default_rng(1).normal(0, 2, (CLASSES, DIM))
HEAD = LinearMap(MEANS / 4, np.linspace(-0.3, 0.4, CLASSES))


@pytest.fixture(scope="session")
def head() -> LinearMap:
    """The linear layer that the logits of `drawn` come from."""
    return HEAD


@pytest.fixture(scope="session")
def drawn() -> Make:
    """Draws predictions of normal classes with correlated features; `shift` moves them away from what is known."""

    def draw(
        split: str, n: int = 300, *, seed: int = 0, shift: float = 0.0, embeddings: np.ndarray | None = None
    ) -> Predictions:
        rng = np.random.default_rng([seed, ("train", "val", "calib", "test", "ood").index(split)])
        labels = rng.integers(0, CLASSES, n)
        mixing = np.random.default_rng(2).normal(size=(DIM, DIM)) / np.sqrt(DIM)
        vectors = MEANS[labels] + rng.normal(size=(n, DIM)) @ mixing + shift
        if embeddings is not None:
            vectors = embeddings
        vectors = vectors.astype(np.float32)
        statistics = np.column_stack(
            [np.full(n, 300.0), np.ones(n), rng.gamma(20, 0.2, n), *(rng.normal(m, m / 10, n) for m in (90, 30, 6))]
        )
        return Predictions(
            ids=np.array([f"{split}-{seed}-{index}" for index in range(n)], dtype=np.str_),
            groups=np.array([f"{split}-{seed}-{index}" for index in range(n)], dtype=np.str_),
            split=split,
            labels=np.full(n, -1) if split == "ood" else labels,
            class_names=("a", "b", "c"),
            logits=(vectors @ HEAD.weight.T + HEAD.bias).astype(np.float32),
            embeddings=vectors,
            statistics=statistics.astype(np.float32),
            statistics_names=NAMES,
        )

    return draw
