"""Mahalanobis: distance to the nearest class mean, in the units of the spread within classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from assay.postprocess.ood.detector import Detector, Float64Array, LinearMap, State
from assay.postprocess.ood.gaussian import Gaussian, nearest
from assay.predictions import FloatArray, IntArray


class Mahalanobis(Detector):
    """Squared Mahalanobis distance to the nearest class mean under one covariance for all classes.

    The covariance is shrunk by Ledoit and Wolf's rule and everything is float64: pytorch-ood 0.4 sums outer products in
    float32, adds 1e-6 and inverts, which is noise for fewer images than dimensions. Classes without training images
    have no mean.

    Args:
        normalize: bring every embedding to length 1 first, which takes out the length that some pictures give to all
            features (Mahalanobis++). Embeddings that are zero stay zero.

    Source: Lee et al. (2018), A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial
    Attacks, equation 2; Mueller and Hein (2025), Mahalanobis++, for the normalisation.
    """

    method: ClassVar[str] = "mahalanobis"
    order: ClassVar[int] = 0
    variants: ClassVar[Mapping[str, Mapping[str, Any]]] = {"mahalanobis_raw": {"normalize": False}}

    means_: Float64Array
    gaussian_: Gaussian

    def __init__(self, normalize: bool = True) -> None:
        self.normalize = normalize

    def _fit(self, embeddings: Float64Array, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        rows = unit_length(embeddings) if self.normalize else embeddings
        centers, of_row = class_means(rows, labels)
        self.gaussian_ = Gaussian.of(rows, centers[of_row])
        self.means_ = self.gaussian_.whitened(centers)
        self.notes_ = notes_about(self.gaussian_)

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        rows = unit_length(embeddings) if self.normalize else embeddings
        return nearest(self.gaussian_.whitened(rows), self.means_)

    def _is_fitted(self) -> bool:
        return hasattr(self, "gaussian_")

    def state(self) -> State:
        """The factor of the covariance and the whitened means."""
        return {
            "method": self.method,
            "normalize": self.normalize,
            "factor": self.gaussian_.packed(),
            "means": self.means_,
            "shrinkage": self.gaussian_.shrinkage,
            "flat": self.gaussian_.flat,
        }

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        detector = cls(normalize=bool(state["normalize"]))
        detector.gaussian_ = Gaussian.unpacked(state["factor"], state["shrinkage"], state["flat"])
        detector.means_ = state["means"]
        return detector


def unit_length(rows: Float64Array) -> Float64Array:
    """Rows [N, D] divided by their Euclidean length; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


def class_means(rows: Float64Array, labels: IntArray) -> tuple[Float64Array, IntArray]:
    """Means [K, D] of the classes that have images, and the index of each row's mean, [N]."""
    from scipy.sparse import csr_array

    _, of_row, images = np.unique(labels, return_inverse=True, return_counts=True)
    members = csr_array((np.ones(len(rows)), (of_row, np.arange(len(rows)))), shape=(len(images), len(rows)))
    return members @ rows / images[:, None], of_row


def notes_about(gaussian: Gaussian) -> tuple[str, ...]:
    """What a reader of distances by this covariance has to know."""
    if gaussian.flat:
        return ("The training embeddings do not vary within classes: distances are Euclidean, not Mahalanobis.",)
    return ()
