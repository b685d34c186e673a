"""Vim: what of an embedding lies outside the training images' main directions, against what the logits say."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import numpy as np

from assay.config.bounds import AtLeast
from assay.postprocess.ood.blocks import Blocks
from assay.postprocess.ood.detector import Detector, Float64Array, LinearMap, State
from assay.predictions import FloatArray, IntArray


class Vim(Detector):
    """Virtual-logit matching: α · ‖residual‖ − log Σ exp(logit).

    The residual is the embedding, seen from the origin −W⁺b of the last layer, without its part in the principal
    subspace of the training embeddings; α scales it so that on training images it is as large as the largest logit.
    Where the last layer is not linear, the origin is the mean training embedding. float64: pytorch-ood's eigenvectors
    and pseudo-inverse are float32.

    Args:
        dim: dimensions of the principal subspace; null takes the paper's rule: 1,000 of 2,048 and more, 512 of 768 and
            more, else half. Never more than half of the directions in which the training embeddings vary, where fewer
            images than dimensions would leave no residual.

    Source: Wang et al. (2022), ViM: Out-Of-Distribution with Virtual-logit Matching, equations 5 to 8.
    """

    method: ClassVar[str] = "vim"
    order: ClassVar[int] = 1
    in_blocks: ClassVar[bool] = True

    origin_: Float64Array
    principal_: Float64Array
    alpha_: float

    def __init__(self, dim: Annotated[int, AtLeast(1)] | None = None) -> None:
        self.dim = dim

    def _fit(self, embeddings: FloatArray, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        n, d = embeddings.shape
        blocks = Blocks(embeddings)
        if head is None:
            self.origin_ = blocks.mean()[0]
        else:
            weight, bias = (np.asarray(part, dtype=np.float64) for part in head)
            self.origin_ = -np.linalg.pinv(weight) @ bias
        wanted = self.dim or (1000 if d >= 2048 else 512 if d >= 768 else max(d // 2, 1))
        # At most n directions vary, so the smaller of the two Gram matrices says everything.
        dim = min(wanted, max(min(n, d) // 2, 1))
        notes = []
        if dim < wanted:
            notes.append(f"{n} training images leave a residual only outside of {dim} directions instead of {wanted}.")
        if n < d:
            centred = np.asarray(embeddings, dtype=np.float64) - self.origin_
            values, left = np.linalg.eigh(centred @ centred.T)
            kept = np.flatnonzero(values > 1e-12 * max(values[-1], 0.0))[-dim:]
            self.principal_ = centred.T @ (left[:, kept] / np.sqrt(values[kept]))
        else:
            scatter = np.zeros((d, d))
            for _, block in blocks:
                centred = block - self.origin_
                scatter += centred.T @ centred
            self.principal_ = np.linalg.eigh(scatter)[1][:, -dim:].copy()
        residual = float(np.concatenate([self._residual(block) for _, block in blocks]).mean())
        largest = np.asarray(logits, dtype=np.float64).max(axis=1)
        level = float(largest[np.isfinite(largest)].mean()) if np.isfinite(largest).any() else 0.0
        lengths = [np.linalg.norm(block - self.origin_, axis=1) for _, block in blocks]
        scale = float(np.concatenate(lengths).mean())
        self.alpha_ = level / residual if residual > 1e-9 * scale and level > 0 else 0.0
        if self.alpha_ == 0:
            notes.append("The training embeddings leave no residual, or no logit is positive: only the energy counts.")
        self.notes_ = tuple(notes)

    def _residual(self, embeddings: Float64Array) -> Float64Array:
        """Length of what lies outside of the principal subspace, [N]."""
        centred = embeddings - self.origin_
        return np.linalg.norm(centred - (centred @ self.principal_) @ self.principal_.T, axis=1)

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        from scipy.special import logsumexp

        return self.alpha_ * self._residual(embeddings) - logsumexp(logits, axis=1)

    def _is_fitted(self) -> bool:
        return hasattr(self, "alpha_")

    def state(self) -> State:
        """Origin, principal subspace and α."""
        return {
            "method": self.method,
            "dim": self.dim,
            "origin": self.origin_,
            "principal": self.principal_,
            "alpha": self.alpha_,
        }

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        detector = cls(dim=state["dim"])
        detector.origin_, detector.principal_ = state["origin"], state["principal"]
        detector.alpha_ = float(state["alpha"])
        return detector
