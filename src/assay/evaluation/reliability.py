"""Reliability: bins of confidence against accuracy, and what chance alone would show in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.consistency import band_of, consistency
from assay.evaluation.evidence import Band, ClassReliability, Reliability, ReliabilityBin
from assay.evaluation.intervals import wilson_interval
from assay.evaluation.metrics import Sample
from assay.evaluation.metrics.calibration_error import (
    assign,
    debiased_calibration_error,
    equal_mass_edges,
    equal_width_edges,
)
from assay.evaluation.metrics.family import Float64Array
from assay.measurement import Measurement

# Images of nearly equal confidence are drawn together, in about this many cells.
CELLS = 1024
# Resamples that are drawn at a time.
WIDTH = 128
# Sets these random numbers apart from those of the bootstrap, which count up from 0.
STREAM = 2**32


def reliability(
    sample: Sample,
    ece: Measurement,
    ece_equal_mass: Measurement,
    *,
    classes: Sequence[tuple[str, Measurement]] = (),
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Reliability:
    """The bars of both reliability diagrams with their intervals, and the consistency band of every error.

    The band is what a model shows whose confidence is true: labels are drawn again and again, each answer right with
    the probability that its confidence states, images independent of each other.

    Args:
        sample: labels and probabilities.
        ece: the error over bins of equal width.
        ece_equal_mass: the error over bins of equal mass.
        classes: name and calibration error of each class, in their order; empty leaves out the bands of what depends
            on every class.
        resamples: draws behind the bands.
        seed: of the random numbers.
        confidence: level of bands, bars and intervals.

    Source: Bröcker and Smith (2007), Increasing the Reliability of Reliability Diagrams; Vaicenavicius et al. (2019),
    Evaluating Model Calibration in Classification, section 5 (consistency resampling).
    """
    binnings = [equal_width_edges(), equal_mass_edges(sample.confidence)]
    bins = [assign(sample.confidence, edges) for edges in binnings]
    counts = [len(edges) - 1 for edges in binnings]
    expected = _expected_hits(sample.confidence, bins, counts, resamples=resamples, seed=seed)
    bands, bars = [], []
    for edges, bin_of_image, hits in zip(binnings, bins, expected, strict=True):
        band, bar = _summary(sample, edges, bin_of_image, hits, confidence)
        bands.append(band)
        bars.append(bar)
    others = {"ece_debiased": _debiased(sample, bins[1], expected[1], confidence)}
    rows: tuple[ClassReliability, ...] = ()
    if classes:
        bands_by_chance = consistency(sample, resamples=resamples, seed=seed, confidence=confidence)
        others |= bands_by_chance.bands
        rows = tuple(ClassReliability(*pair, band) for pair, band in zip(classes, bands_by_chance.classes, strict=True))
    return Reliability(ece, bands[0], bars[0], ece_equal_mass, bands[1], bars[1], others, rows)


def _debiased(sample: Sample, bins: NDArray[np.int64], hits: Float64Array, confidence: float) -> Band:
    """Band of the debiased error; `hits` [R, bins] as for `_summary`."""
    images = np.bincount(bins, minlength=hits.shape[1])[:, None]
    stated = np.bincount(bins, weights=sample.confidence, minlength=hits.shape[1])[:, None]
    return band_of(debiased_calibration_error(stated - hits.T, hits.T, images), confidence)


def _summary(
    sample: Sample, edges: Float64Array, bins: NDArray[np.int64], hits: Float64Array, confidence: float
) -> tuple[Band, tuple[ReliabilityBin, ...]]:
    """Band and bars of one binning; `hits` [R, bins] are right answers when confidence is true."""
    count = len(edges) - 1
    images = np.bincount(bins, minlength=count)
    right = np.bincount(bins, weights=sample.correct, minlength=count)
    stated = np.bincount(bins, weights=sample.confidence, minlength=count)
    errors = np.abs(stated - hits).sum(axis=1) / sample.n
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    consistency = np.quantile(hits, tails, axis=0)
    bars = []
    for k in range(count):
        n = int(images[k])
        spread = wilson_interval(right[k], n, confidence=confidence)
        if spread is None:
            bars.append(ReliabilityBin(float(edges[k]), float(edges[k + 1]), 0))
            continue
        bars.append(
            ReliabilityBin(
                low=float(edges[k]),
                high=float(edges[k + 1]),
                n=n,
                confidence=float(stated[k]) / n,
                accuracy=float(right[k]) / n,
                accuracy_low=spread[0],
                accuracy_high=spread[1],
                expected_low=float(consistency[0, k]) / n,
                expected_high=float(consistency[1, k]) / n,
            )
        )
    return band_of(errors, confidence), tuple(bars)


def _expected_hits(
    confidence: Float64Array, binnings: list[NDArray[np.int64]], counts: list[int], *, resamples: int, seed: int
) -> list[Float64Array]:
    """Right answers per bin when confidence is true, float64 [R, bins] for each binning, all from the same draws.

    Images are gathered in cells that cross no edge of a bin; a cell of m images with mean confidence p draws
    binomial(m, p), exact when each image is its own cell (up to 1,024 of them).
    """
    order = np.argsort(confidence, kind="stable")
    slot = np.arange(len(order)) * CELLS // max(len(order), CELLS)
    keys = np.stack([slot, *(bins[order] for bins in binnings)])
    starts = np.flatnonzero(np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)])
    sizes = np.diff(np.r_[starts, len(order)])
    chance = np.clip(np.add.reduceat(confidence[order], starts) / sizes, 0, 1)
    random = np.random.default_rng([seed, STREAM])
    hits = [np.zeros((resamples, count)) for count in counts]
    for first in range(0, resamples, WIDTH):
        drawn = random.binomial(sizes, chance, size=(min(WIDTH, resamples - first), len(sizes)))
        for into, bins in zip(hits, binnings, strict=True):
            of_cell = bins[order][starts]
            bounds = np.flatnonzero(np.r_[True, of_cell[1:] != of_cell[:-1]])
            into[first : first + len(drawn), of_cell[bounds]] = np.add.reduceat(drawn, bounds, axis=1)
    return hits
