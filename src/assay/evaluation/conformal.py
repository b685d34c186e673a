"""Conformal sets on test: whether they hold the true class as often as promised, overall and for each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.evaluation.measure import Units
from assay.evaluation.metrics import Sample
from assay.evaluation.share import share
from assay.measurement import Measurement
from assay.postprocess.conformal import Conformal


@dataclass(frozen=True)
class ConformalEvidence:
    """What one kind of conformal set does.

    Attributes:
        method: "lac" or "aps".
        level: the probability that was asked for.
        limit: the largest score of a class in a set; None where every class is in every set.
        coverage: share of the images whose set holds the true class.
        by_chance: where `coverage` lies, at the level of the intervals, when the promise is kept: one draw of held-out
            images gives somewhat more or less than asked, and test images scatter around that. None where images share
            groups, or every class is in every set.
        per_class: the same for the images of each class, in the order of the class names.
        mean_size: classes in a set, on average.
        sizes: images by the size of their set, from 0 to C classes.
    """

    method: str
    level: float
    limit: float | None
    coverage: Measurement
    per_class: tuple[Measurement, ...]
    mean_size: float
    sizes: tuple[int, ...]
    by_chance: tuple[float, float] | None = None


def measure_conformal(
    conformal: Conformal, sample: Sample, units: Units, *, confidence: float = 0.95
) -> ConformalEvidence:
    """What fitted conformal sets do on a sample.

    Args:
        conformal: fitted on other images.
        sample: labels and the model's probabilities before calibration.
        units: what counts as independent.
        confidence: level of the intervals.
    """
    sets = conformal.sets(sample.probabilities)
    held = sets[np.arange(sample.n), sample.labels]
    sizes = sets.sum(axis=1)
    return ConformalEvidence(
        method=conformal.method,
        level=conformal.level,
        limit=conformal.limit_ if np.isfinite(conformal.limit_) else None,
        coverage=share(held, None, units, confidence=confidence),
        per_class=tuple(share(held, sample.labels == k, units, confidence=confidence) for k in range(sample.classes)),
        mean_size=float(sizes.mean()),
        sizes=tuple(np.bincount(sizes, minlength=sample.classes + 1).tolist()),
        by_chance=_by_chance(conformal, sample.n, confidence) if units.of_image is None else None,
    )


def _by_chance(conformal: Conformal, n: int, confidence: float) -> tuple[float, float] | None:
    """Where the coverage of n images lies: beta-binomial (Angelopoulos and Bates 2023, section 3.2)."""
    from scipy.stats import betabinom

    if conformal.rank > conformal.n_:
        return None
    law = betabinom(n, conformal.rank, conformal.n_ + 1 - conformal.rank)
    low, high = law.ppf([(1 - confidence) / 2, (1 + confidence) / 2]) / n
    return float(low), float(high)
