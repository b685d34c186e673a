"""Mahalanobis: distance to the nearest class mean, in the units of the spread within classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from assay.postprocess.ood.blocks import Blocks, unit_length
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
    in_blocks: ClassVar[bool] = True
    variants: ClassVar[Mapping[str, Mapping[str, Any]]] = {"mahalanobis_raw": {"normalize": False}}

    means_: Float64Array
    gaussian_: Gaussian

    def __init__(self, normalize: bool = True) -> None:
        self.normalize = normalize

    def _fit(self, embeddings: FloatArray, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        blocks = Blocks(embeddings, self.normalize)
        centers, of_row = blocks.class_means(labels)
        self.gaussian_ = Gaussian.of(blocks, centers, of_row)
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


def notes_about(gaussian: Gaussian) -> tuple[str, ...]:
    """What a reader of distances by this covariance has to know."""
    if gaussian.flat:
        return ("The training embeddings do not vary within classes: distances are Euclidean, not Mahalanobis.",)
    return ()
