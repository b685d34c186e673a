"""Weights of reviewed labels, so that what was queued because it is hard does not count as if all were hard.

The random slice alone is like what is answered. So labels are divided by how sure the model was and whether it was
right, which is what most reasons to queue something go by; the slice says how large each stratum is of what is
answered, and whatever was queued beyond that counts less, what is rarer among the labels counts more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.review.labels.label import ReviewedLabel

FEWEST = 12
"""Labels of the random slice below which it says nothing about strata."""
BINS = 3
LIMIT = 4.0
"""Most that a label may count, and least as one over it: a handful of labels must not carry a whole stratum."""


@dataclass(frozen=True)
class LabelStratum:
    """Labels that count alike.

    Attributes:
        upto: largest confidence of the answer.
        right: whether reviewers agree with the answer.
        share: of what is answered, by the random slice.
        used: labels that are trained on.
        weight: of each of them.
    """

    upto: float
    right: bool
    share: float
    used: int
    weight: float


@dataclass(frozen=True)
class SliceWeights:
    """What labels count.

    Attributes:
        drawn: labels of the random slice.
        bounds: of confidence between strata; () where too little was drawn, and all labels count 1.
        strata: with labels.
    """

    drawn: int
    bounds: tuple[float, ...] = ()
    strata: tuple[LabelStratum, ...] = ()

    def of(self, label: ReviewedLabel) -> float:
        """What a label counts; one without a confidence counts 1."""
        key = _key(label, self.bounds)
        upto = (*self.bounds, 1.0)
        return next((each.weight for each in self.strata if key == (upto.index(each.upto), each.right)), 1.0)


def slice_weights(decided: Sequence[ReviewedLabel], used: Sequence[ReviewedLabel]) -> SliceWeights:
    """Weights by post-stratification, held to 1/4 and 4 and then scaled to a mean of 1.

    Args:
        decided: before any cap: their random slice says how large the strata are.
        used: that are trained on.

    Source: Holt and Smith (1979), post-stratification: share of the population over share of the sample.
    """
    drawn = [label for label in decided if label.random_slice and label.confidence is not None]
    if len(drawn) < FEWEST:
        return SliceWeights(len(drawn))
    cuts = np.quantile([label.confidence for label in drawn], np.arange(1, BINS) / BINS, method="inverted_cdf")
    bounds = tuple(dict.fromkeys(round(float(cut), 6) for cut in cuts if cut < 1.0))
    population = Counter(_key(label, bounds) for label in drawn)
    sample = Counter(_key(label, bounds) for label in used if label.confidence is not None)
    total = sum(sample.values())
    raw = {
        key: float(np.clip(population[key] / len(drawn) * total / count, 1 / LIMIT, LIMIT))
        for key, count in sample.items()
    }
    mean = sum(raw[key] * count for key, count in sample.items()) / max(total, 1)
    upto = (*bounds, 1.0)
    strata = tuple(
        LabelStratum(upto[key[0]], key[1], population[key] / len(drawn), sample[key], round(raw[key] / mean, 4))
        for key in sorted(raw)
    )
    return SliceWeights(len(drawn), bounds, strata)


def weighted(labels: Sequence[ReviewedLabel], weights: SliceWeights) -> tuple[ReviewedLabel, ...]:
    """Labels with what they count."""
    return tuple(replace(label, weight=weights.of(label)) for label in labels)


def _key(label: ReviewedLabel, bounds: tuple[float, ...]) -> tuple[int, bool]:
    """Which bin of confidence, and whether reviewers agree with the answer; (-1, …) without a confidence."""
    if label.confidence is None:
        return -1, label.label == label.answer
    return int(np.searchsorted(bounds, round(label.confidence, 6), side="left")), label.label == label.answer
