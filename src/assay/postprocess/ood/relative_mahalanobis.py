"""RelativeMahalanobis: distance to the nearest class mean, minus the distance to the mean of everything."""

from __future__ import annotations

from typing import ClassVar, Self

from assay.postprocess.ood.blocks import Blocks
from assay.postprocess.ood.detector import Detector, Float64Array, LinearMap, State
from assay.postprocess.ood.gaussian import Gaussian, nearest
from assay.postprocess.ood.mahalanobis import notes_about
from assay.predictions import FloatArray, IntArray


class RelativeMahalanobis(Detector):
    """min over classes of the squared Mahalanobis distance, minus the one to a Gaussian of all training images.

    Directions in which classes do not differ cancel out, which helps on near sets. Both covariances are shrunk and
    float64, as in `Mahalanobis`; pytorch-ood's are not.

    Source: Ren et al. (2021), A Simple Fix to Mahalanobis Distance for Improving Near-OOD Detection, equation 3.
    """

    method: ClassVar[str] = "relative_mahalanobis"
    order: ClassVar[int] = 2
    in_blocks: ClassVar[bool] = True

    means_: Float64Array
    center_: Float64Array
    within_: Gaussian
    overall_: Gaussian

    def _fit(self, embeddings: FloatArray, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        blocks = Blocks(embeddings)
        centers, of_row = blocks.class_means(labels)
        center = blocks.mean()
        self.within_, self.overall_ = Gaussian.of(blocks, centers, of_row), Gaussian.of(blocks, center)
        self.means_, self.center_ = self.within_.whitened(centers), self.overall_.whitened(center)
        self.notes_ = notes_about(self.within_)

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        to_class = nearest(self.within_.whitened(embeddings), self.means_)
        return to_class - nearest(self.overall_.whitened(embeddings), self.center_)

    def _is_fitted(self) -> bool:
        return hasattr(self, "within_")

    def state(self) -> State:
        """Both factors, whitened means and center."""
        return {
            "method": self.method,
            "within": self.within_.packed(),
            "overall": self.overall_.packed(),
            "means": self.means_,
            "center": self.center_,
            "shrinkage": [self.within_.shrinkage, self.overall_.shrinkage],
            "flat": [self.within_.flat, self.overall_.flat],
        }

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        detector = cls()
        packed = (state["within"], state["overall"])
        detector.within_, detector.overall_ = map(Gaussian.unpacked, packed, state["shrinkage"], state["flat"])
        detector.means_, detector.center_ = state["means"], state["center"]
        return detector
