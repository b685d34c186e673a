"""Expected calibration error of the predicted class, over bins of equal width and of equal mass."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.family import Float64Array, MetricFamily, row_sum_per_cell
from assay.evaluation.metrics.sample import Sample

BINS = 15


class CalibrationError(MetricFamily):
    """`ece`, `ece_equal_mass` and `ece_debiased`: mean distance between confidence and accuracy over 15 bins.

    Bins of equal mass have their edges from the whole sample; a resample keeps them.

    A distance is never negative, so chance alone makes it positive: the value is biased upward, and a resample once
    more; `ece_debiased`, over the bins of equal mass, takes most of that out. Simulated with four classes and 500
    images, true value 0.064: plain percentile intervals at 95 % hold it in 67 % of the samples, bias-corrected ones in
    85 %; with a true value of 0.160 it is 91 and 93 %. Whether a value is more than chance is for its consistency band
    to say.

    Args:
        sample: labels and probabilities.
        suffix: added to the names, e.g. "_uncalibrated".
    """

    order: ClassVar[int] = 4
    also_uncalibrated: ClassVar[bool] = True

    def __init__(self, sample: Sample, *, suffix: str = "") -> None:
        from scipy.sparse import vstack

        self.correct = sample.correct
        self.gaps = sample.confidence - sample.correct
        binnings = {"ece": equal_width_edges(), "ece_equal_mass": equal_mass_edges(sample.confidence)}
        self.bins = {f"{name}{suffix}": assign(sample.confidence, edges) for name, edges in binnings.items()}
        self.debiased = f"ece_debiased{suffix}"
        self.biased = frozenset([*self.bins, self.debiased])
        everything = np.arange(sample.n)
        equal_width, equal_mass = self.bins.values()
        summed = (
            (equal_width, self.gaps),
            (equal_mass, self.gaps),
            (equal_mass, sample.correct.astype(np.float64)),
            (equal_mass, np.ones(sample.n)),
        )
        self.rows = vstack(
            [row_sum_per_cell(bins, BINS, values, images=everything, n=sample.n) for bins, values in summed],
            format="csr",
        )

    def exact(self) -> dict[str, Any]:
        """Each error on the whole sample, in [0, 1]."""
        values = {name: expected_calibration_error(self.gaps, bins) for name, bins in self.bins.items()}
        bins = list(self.bins.values())[1]
        gaps = np.bincount(bins, weights=self.gaps)
        right = np.bincount(bins, weights=self.correct)
        return values | {self.debiased: float(debiased_calibration_error(gaps, right, np.bincount(bins)))}

    def resampled(self, sums: Float64Array, total: Float64Array) -> dict[str, Float64Array]:
        """Each error on R resamples."""
        width, mass, right, images = sums.reshape(4, BINS, -1)
        errors = [np.abs(gaps).sum(axis=0) / total for gaps in (width, mass)]
        return dict(zip(self.bins, errors, strict=True)) | {
            self.debiased: debiased_calibration_error(mass, right, images)
        }


def expected_calibration_error(gaps: Float64Array, bins: NDArray[np.int64]) -> float:
    """Sum over bins of |mean confidence - accuracy|, weighted with the share of images in the bin.

    Args:
        gaps: [N], confidence minus 1 for a right answer, confidence for a wrong one.
        bins: [N], the bin of each image.

    Source: Naeini et al. (2015); Guo et al. (2017), equation 3.
    """
    return float(np.abs(np.bincount(bins, weights=gaps)).sum() / len(gaps))


def debiased_calibration_error(gaps: NDArray[Any], right: NDArray[Any], images: NDArray[Any]) -> Any:
    """The error minus what chance adds to it, not below 0.

    The accuracy of a bin is taken to be normal around the observed one, with the variance of a share; the bias is what
    the mean distance of such accuracies has over the observed distance. The part of the bias that is in the observed
    distance itself stays, so a perfectly calibrated model still shows a little.

    Args:
        gaps: [bins, …] sum of confidence minus 1 for right answers and of confidence for wrong ones.
        right: [bins, …] right answers.
        images: [bins, …] answers.

    Source: Kumar et al. (2019), Verified Uncertainty Calibration; for distances instead of squares the form of their
    published code (`normal_debiased_ce`), here with the mean of the folded normal distribution instead of draws.
    """
    from scipy.special import erf

    filled = np.maximum(images, 1)
    distance = np.abs(gaps) / filled
    share = right / filled
    spread = np.sqrt(np.clip(share * (1 - share), 0, None) / filled)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(spread > 0, distance / spread, np.inf)
    expected = spread * np.sqrt(2 / np.pi) * np.exp(-(scaled**2) / 2) + distance * erf(scaled / np.sqrt(2))
    return np.maximum((images * (2 * distance - expected)).sum(axis=0) / images.sum(axis=0), 0)


def equal_width_edges(bins: int = BINS) -> Float64Array:
    """Edges of bins that are equally wide, [bins + 1], from 0 to 1."""
    return np.linspace(0, 1, bins + 1)


def equal_mass_edges(confidence: Float64Array, bins: int = BINS) -> Float64Array:
    """Edges of bins that hold equally many images, as far as equal confidences allow; [bins + 1] or fewer.

    Source: Nixon et al. (2019), Measuring Calibration in Deep Learning (adaptive calibration error).
    """
    ordered = np.sort(confidence)
    last = np.round(np.arange(1, bins) * len(ordered) / bins).astype(np.int64)
    inner = np.unique(ordered[last[last > 0] - 1])
    return np.concatenate([ordered[:1], inner[inner < ordered[-1]], ordered[-1:]])


def assign(confidence: Float64Array, edges: Float64Array) -> NDArray[np.int64]:
    """The bin of each confidence, [N]; bin k is the interval (edges[k], edges[k + 1]], the first one closed."""
    return np.searchsorted(edges[1:-1], confidence, side="left")
