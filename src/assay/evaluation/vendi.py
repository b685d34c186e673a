"""Vendi score: the effective number of different images in a set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from assay.measurement import Measurement

EXACT = 4000
"""Images up to which the score is exact; of more, that of so many drawn without replacement."""
RESAMPLED = 500
"""Images that are resampled; the standard error of more is that of these, made smaller by the root of the ratio."""
_NOTHING = 1e-12


def unit_length(features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Features [n, D] at length 1; rows of zeros stay what they are."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)


def vendi_of_kernel(kernel: NDArray[np.floating]) -> float:
    """The score of a similarity matrix: exp of the entropy of the eigenvalues of K / n, from 1 (all alike) to n.

    Args:
        kernel: [n, n], symmetric, positive semidefinite, ones on its diagonal; n at least 1.

    Source: Friedman and Dieng (2023), "The Vendi score", definition 3.1.
    """
    return _exp_entropy(np.linalg.eigvalsh(np.asarray(kernel, dtype=np.float64)) / len(kernel))


def vendi_score(features: NDArray[np.floating]) -> float:
    """The score of images by the cosine of their features.

    Args:
        features: [n, D], n at least 1.

    Source: Friedman and Dieng (2023); where D is smaller than n, by the eigenvalues of the features' own D × D matrix,
    which are the same.
    """
    unit = unit_length(features).astype(np.float64)
    gram = unit @ unit.T if len(unit) <= unit.shape[1] else unit.T @ unit
    return _exp_entropy(np.linalg.eigvalsh(gram) / len(unit))


def vendi_measurement(
    features: NDArray[np.floating], *, resamples: int = 50, confidence: float = 0.95, seed: int = 0
) -> Measurement:
    """The score with an interval for that of sets of as many images: bootstrap standard errors, within 1 to n.

    A resample holds images twice, which are no different ones, so that its score is lower than that of the images; its
    spread is used, not its level.

    Args:
        features: [n, D].
        resamples: bootstrap resamples.
        confidence: level of the interval.
        seed: of what is drawn.
    """
    n, rng = len(features), np.random.default_rng(seed)
    if n < 2:
        return Measurement(None, None, None, n, "undefined: fewer than 2 images")
    how = "exact"
    if n > EXACT:
        features = features[rng.choice(n, EXACT, replace=False)]
        how = f"of {EXACT} images drawn from {n}"
    value = vendi_score(features)
    part = features if len(features) <= RESAMPLED else features[rng.choice(len(features), RESAMPLED, replace=False)]
    drawn = [vendi_score(part[rng.integers(0, len(part), len(part))]) for _ in range(resamples)]
    # On the scale of its logarithm, which is an entropy, the error does not depend on how many images there are.
    error = float(np.std(np.log(drawn), ddof=1)) * float(np.sqrt(len(part) / len(features)))
    away = float(norm.ppf(0.5 + confidence / 2)) * error
    low, high = max(1.0, value * np.exp(-away)), min(float(len(features)), value * np.exp(away))
    return Measurement(value, float(low), float(high), n, f"{how}; bootstrap standard error, {resamples} resamples")


def _exp_entropy(shares: NDArray[np.float64]) -> float:
    kept = shares[shares > _NOTHING]
    return float(np.exp(-(kept * np.log(kept)).sum()))
