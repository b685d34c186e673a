"""Answers of a simulated model whose true chances are known, and keys that send several pictures each."""

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.family import Float64Array

PRIOR = np.array([0.5, 0.25, 0.15, 0.1])
Labels = NDArray[np.int64]


def drawn(
    n: int, rng: np.random.Generator, *, scale: float = 1.8, sharper: float = 1.0, prior: Float64Array = PRIOR
) -> tuple[Labels, Float64Array]:
    """Labels [n] and probabilities [n, 4]: Bayes' own where `sharper` is 1, too sure of themselves above."""
    labels = rng.choice(len(PRIOR), n, p=prior)
    seen = rng.normal(size=(n, len(PRIOR)))
    seen[np.arange(n), labels] += scale
    logits = (scale * seen + np.log(PRIOR)) * sharper
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    return labels, chances / chances.sum(axis=1, keepdims=True)
