"""Out of fold: what a linear head on embeddings says of each picture without having seen it, or its group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.predictions import IntArray

FOLDS = 5
MOST_COMPONENTS = 256
"""Directions that embeddings are reduced to: a head on more takes longer and is no better at finding wrong labels."""
STRENGTH = 0.1
"""Inverse strength of the L2 penalty on standardised components: a head that fits wrong labels does not find them."""


def out_of_fold_logits(
    embeddings: NDArray[np.float32], labels: IntArray, groups: NDArray[np.str_], *, classes: int, seed: int
) -> NDArray[np.float64]:
    """Log-probabilities [N, C] of a logistic regression that was fitted to the other folds.

    Args:
        embeddings: [N, D].
        labels: [N], each class in at least two groups.
        groups: [N]; a group is in one fold as a whole.
        classes: C.
        seed: of the folds.

    Raises:
        DataError: a class is missing from the other folds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold

    components = _components(embeddings)
    logits = np.full((len(labels), classes), -np.inf)
    names = np.unique(groups, return_inverse=True)[1]
    for known, asked in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(components, labels, names):
        if len(np.unique(labels[known])) < classes:
            raise DataError("a class is in one fold alone, since all its pictures are of one group")
        head = LogisticRegression(C=STRENGTH, max_iter=300).fit(components[known], labels[known])
        logits[asked] = head.predict_log_proba(components[asked])
    return np.maximum(logits, -50.0)


def _components(embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
    """Principal components of unit variance, scaled so that all together have the length of one picture."""
    centred = embeddings.astype(np.float64) - embeddings.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = np.argsort(values)[::-1][: min(MOST_COMPONENTS, len(centred) - 1)]
    projected = centred @ vectors[:, kept]
    return np.asarray(projected / np.sqrt((projected**2).sum(axis=1).mean() / len(kept)))
