"""Consistency bands of what depends on every class: what a model shows whose probabilities are all true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.evidence import Band
from assay.evaluation.metrics import Sample
from assay.evaluation.metrics.brier import MOST_CLASSES, recalibrated_loss
from assay.evaluation.metrics.calibration_error import BINS
from assay.evaluation.metrics.class_calibration import class_calibration_errors, class_cells
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.metrics.ordering import Ordering

# Probabilities that are looked at for all draws together, and draws that are made at least.
MOST_LOOKED_AT = 10**8
FEWEST_DRAWS = 40
# The same for isotonic regressions, which take ten times as long.
MOST_POOLED = 2 * 10**7
# Sets these random numbers apart from those of the bootstrap and of the reliability diagram.
STREAM = 2**32 + 1


@dataclass(frozen=True)
class Consistency:
    """Where numbers would lie if the model's own probabilities were true.

    Attributes:
        bands: by metric: `nll`, `brier`, `ece_classwise`, and up to 100 classes `brier_reliability`.
        classes: C bands of the calibration error of each class.
    """

    bands: dict[str, Band]
    classes: tuple[Band, ...]


def consistency(sample: Sample, *, resamples: int = 1000, seed: int = 0, confidence: float = 0.95) -> Consistency:
    """The bands, by drawing labels from the probabilities again and again, images independent of each other.

    Draws are fewer than asked for where there are many probabilities: 100 for 100,000 images of 10 classes, and of
    these 40 for `brier_reliability`.

    Args:
        sample: probabilities; its labels are not looked at.
        resamples: draws behind the bands.
        seed: of the random numbers.
        confidence: level of the bands.

    Source: as `reliability`.
    """
    size = sample.probabilities.size
    draws, pooled_draws = (min(resamples, max(FEWEST_DRAWS, most // size)) for most in (MOST_LOOKED_AT, MOST_POOLED))
    losses, square = -sample.log_probabilities, (sample.probabilities**2).sum(axis=1)
    images, cells = np.arange(sample.n), class_cells(sample)
    count = sample.classes * BINS
    stated = np.bincount(cells.ravel(), weights=sample.probabilities.ravel(), minlength=count)
    pooled = _Pooled.of(sample) if sample.classes <= MOST_CLASSES else None
    drawn: dict[str, list[float]] = {name: [] for name in ("nll", "brier")}
    if pooled is not None:
        drawn["brier_reliability"] = []
    hits = np.empty((count, draws))
    for draw, labels in enumerate(_labels(sample, draws, seed)):
        brier = float((square + 1 - 2 * sample.probabilities[images, labels]).mean())
        drawn["nll"].append(float(losses[images, labels].mean()))
        drawn["brier"].append(brier)
        hits[:, draw] = np.bincount(cells[images, labels], minlength=count)
        if pooled is not None and draw < pooled_draws:
            drawn["brier_reliability"].append(max(0.0, brier - pooled.loss(labels) / sample.n))
    errors = class_calibration_errors(stated[:, None] - hits, np.full(draws, sample.n), sample.classes)
    drawn["ece_classwise"] = errors.mean(axis=0).tolist()
    bands = {name: band_of(np.array(values), confidence) for name, values in drawn.items()}
    return Consistency(bands, tuple(band_of(row, confidence) for row in errors))


def band_of(values: Float64Array, confidence: float) -> Band:
    """The middle share of these values, and their mean."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Band(float(low), float(values.mean()), float(high))


def _labels(sample: Sample, draws: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Labels drawn from the probabilities, [N], again and again."""
    below = sample.probabilities.cumsum(axis=1).T
    below = np.ascontiguousarray(below / below[-1])
    random = np.random.default_rng([seed, STREAM])
    for _ in range(draws):
        drawn = random.random(sample.n)
        labels = np.zeros(sample.n, dtype=np.int64)
        for row in below[:-1]:
            labels += row <= drawn
        yield labels


@dataclass(frozen=True)
class _Pooled:
    """Images in the order of their probability of each class; equal probabilities share a cell.

    Attributes:
        cells: [N, C], numbered through over all classes.
        sizes: [cells] images.
        bounds: [C + 1], where the cells of each class begin.
    """

    cells: NDArray[np.int32]
    sizes: Float64Array
    bounds: NDArray[np.int64]

    @classmethod
    def of(cls, sample: Sample) -> _Pooled:
        cells = np.empty(sample.probabilities.shape, dtype=np.int32)
        sizes: list[Float64Array] = []
        for index in range(sample.classes):
            ordering = Ordering.by(sample.probabilities[:, index], np.ones(sample.n, dtype=bool))
            cells[ordering.images, index] = ordering.cells + sum(map(len, sizes))
            sizes.append(ordering.yes)
        return cls(cells, np.concatenate(sizes), np.cumsum([0, *map(len, sizes)]))

    def loss(self, labels: NDArray[np.int64]) -> float:
        """Sum over images and classes of the squared distance to the best rising shares for these labels."""
        yes = np.bincount(self.cells[np.arange(len(labels)), labels], minlength=len(self.sizes)).astype(np.float64)
        no = self.sizes - yes
        parts = zip(self.bounds[:-1], self.bounds[1:], strict=True)
        return sum(recalibrated_loss(yes[start:stop], no[start:stop]) for start, stop in parts)
