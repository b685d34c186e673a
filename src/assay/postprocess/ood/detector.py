"""Detector: what every method does that tells pictures of another kind from those that a model was trained on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from assay.config.families import Family
from assay.errors import DataError
from assay.postprocess.ood.blocks import Blocks, Float64Array
from assay.predictions import FloatArray, IntArray, Predictions

State = dict[str, Any]
DETECTORS = Family(f"{__name__}.Detector", "assay.postprocess.ood", "ood/detector")
"""Every detector by its `method`."""


class LinearMap(NamedTuple):
    """The last layer, where it is linear: logits = embeddings @ weight.T + bias; [C, D] and [C]."""

    weight: FloatArray
    bias: FloatArray


class Detector(ABC):
    """Learns from training images what the model knows, and says how far a picture lies outside of it.

    Attributes:
        method: the name of the option.
        order: place in the panel of all detectors, in which a draw between them is settled; later ones by name.
        in_panel: whether every run fits and measures it beside the one that it was asked for; it can then be made
            without arguments.
        variants: further entries of the panel, each a name with the arguments that make it.
        uses: "embeddings" or "logits", what it looks at.
        in_blocks: whether `_fit` takes the embeddings as they are kept and turns some rows at a time into float64; what
            says nothing is handed all of them in float64.
        notes_: sentences about the last fit that a reader has to know; empty when there is nothing to say.
    """

    method: ClassVar[str]
    order: ClassVar[int] = 100
    in_panel: ClassVar[bool] = True
    variants: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    uses: ClassVar[str] = "embeddings"
    in_blocks: ClassVar[bool] = False
    notes_: tuple[str, ...] = ()

    def fit(self, train: Predictions, *, head: LinearMap | None = None) -> Self:
        """Learn from the predictions of the split `train`.

        Args:
            train: with embeddings, where the method looks at them.
            head: the last layer, for the methods that ask what it does not see; None where it is not linear.

        Raises:
            DataError: another split, no images, no embeddings, embeddings that are not finite, or calibrated logits.
        """
        train.require_raw(f"ood/detector={self.method}")
        if train.split != "train":
            raise DataError(
                f"ood/detector={self.method} may not be fitted on the split {train.split!r}: what it is judged and cut "
                "off by has to be new to it. Fit it on train."
            )
        if len(train) == 0:
            raise DataError(f"ood/detector={self.method} needs images in the split train, which is empty")
        self.learn(train.embeddings, train.logits, train.labels, head=head)
        return self

    def learn(
        self, embeddings: FloatArray | None, logits: FloatArray, labels: IntArray, *, head: LinearMap | None = None
    ) -> None:
        """`fit`, of arrays that are known to be of training images.

        Args:
            embeddings: [N, D]; None for methods that look at logits only.
            logits: [N, C], before calibration.
            labels: int64 [N].
            head: the last layer, or None.

        Raises:
            DataError: no embeddings, or some that are not finite.
        """
        from threadpoolctl import threadpool_limits

        self.notes_ = ()
        embeddings = self._embeddings(embeddings, len(logits))
        if not self.in_blocks:
            embeddings = np.asarray(embeddings, dtype=np.float64)
        # Threads that wait for each other inside a factorisation of this size cost more than they bring: on two busy
        # cores a Cholesky of 1,280 took 5 s with two threads and 0.2 s with one.
        with threadpool_limits(limits=1, user_api="blas"):
            self._fit(embeddings, logits, labels, head)

    def score(self, embeddings: FloatArray | None, logits: FloatArray) -> Float64Array:
        """How far outside each picture lies, float64 [N]; larger is more outlying, infinite is allowed, NaN is not.

        Args:
            embeddings: [N, D]; None for methods that look at logits only.
            logits: [N, C], before calibration.

        Raises:
            DataError: `fit` was never called, or a score is undefined.
        """
        if not self._is_fitted():
            raise DataError(f"ood/detector={self.method} was never fitted; call fit() with the predictions of train")
        blocks = Blocks(self._embeddings(embeddings, len(logits)))
        parts = [self._score(block, np.asarray(logits[part], dtype=np.float64)) for part, block in blocks]
        scores = np.concatenate([np.empty(0), *parts])
        if np.isnan(scores).any():
            raise DataError(
                f"ood/detector={self.method}: {int(np.isnan(scores).sum())} of {len(scores)} scores are NaN"
            )
        return scores

    def score_of(self, predictions: Predictions) -> Float64Array:
        """`score` of predictions, [N].

        Raises:
            DataError: as `score`, or the logits are calibrated.
        """
        predictions.require_raw(f"ood/detector={self.method}")
        return self.score(predictions.embeddings, predictions.logits)

    @abstractmethod
    def state(self) -> State:
        """What was learned: JSON values and numpy arrays, with the method's name under "method"."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""

    @abstractmethod
    def _fit(self, embeddings: Any, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None: ...

    @abstractmethod
    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array: ...

    def _is_fitted(self) -> bool:
        return True

    def _embeddings(self, embeddings: FloatArray | None, n: int) -> FloatArray:
        if self.uses == "logits":
            return np.empty((n, 0))
        if embeddings is None:
            raise DataError(f"ood/detector={self.method} looks at embeddings, and these predictions have none")
        if bad := sum(int((~np.isfinite(block)).any(axis=1).sum()) for _, block in Blocks(embeddings)):
            raise DataError(
                f"{bad} of {len(embeddings)} embeddings are not finite; look at the pictures and the weights"
            )
        return embeddings


class LogitDetector(Detector):
    """A detector that looks at the logits alone and learns nothing."""

    uses: ClassVar[str] = "logits"

    def _fit(self, embeddings: Any, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        pass
