"""Softmax in float64, defined for infinite logits too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.predictions import FloatArray


def log_softmax(logits: FloatArray) -> NDArray[np.float64]:
    """Logarithm of the class probabilities.

    Infinite logits are read as limits: the classes at +inf share the whole probability equally, a class at -inf has
    probability zero (unless every class has, which says nothing and gives equal shares).

    Args:
        logits: [N, C], no NaN.

    Returns:
        float64 [N, C], in [-inf, 0].
    """
    values = np.asarray(logits, dtype=np.float64)
    top = values.max(axis=1, keepdims=True)
    at_infinity = np.isinf(top[:, 0])
    if at_infinity.any():
        values = values.copy()
        values[at_infinity] = np.where(values[at_infinity] == top[at_infinity], 0.0, -np.inf)
        top = np.where(np.isinf(top), 0.0, top)
    shifted = values - top
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax(logits: FloatArray) -> NDArray[np.float64]:
    """Class probabilities; infinite logits as in `log_softmax`.

    Args:
        logits: [N, C], no NaN.

    Returns:
        float64 [N, C], rows sum to 1.
    """
    return np.exp(log_softmax(logits))
