"""SplitPredictor: what predicts the images of a manifest, whatever computes; all evidence is put together from one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.embeddings.extract import BATCH_SIZE, Embedder
from assay.embeddings.views import View, ViewPolicy
from assay.postprocess.calibration import Calibrator
from assay.postprocess.reject import RejectRule
from assay.predictions import Predictions

if TYPE_CHECKING:
    from assay.predictor.predictor import Predictor


@dataclass(frozen=True)
class Workload:
    """What several passes over the same images still have to compute.

    Attributes:
        pictures: that are not known yet.
        seconds: that they will take, as timed on one batch; 0 for none.
    """

    pictures: int
    seconds: float


class SplitPredictor(Protocol):
    """Predicts the images of a manifest, as they are or after something was done to them."""

    @property
    def preprocessing(self) -> Preprocessing:
        """From a decoded picture to the network's input."""

    @property
    def calibrator(self) -> Calibrator:
        """Fitted: from logits to calibrated logits."""

    @property
    def reject(self) -> RejectRule:
        """Fitted: which answers are withheld."""

    def predict(
        self, manifest: Manifest, *, policy: ViewPolicy | None = None, seed: int = 0, what: str = ""
    ) -> Predictions:
        """Logits, before calibration, of the images of one split, in manifest order.

        Args:
            manifest: images of a single split.
            policy: what is done to each picture before it is shown; None takes it as it is.
            seed: of the policy.
            what: what progress calls the work.
        """

    def workload(self, policies: Sequence[ViewPolicy], manifest: Manifest, *, seed: int) -> Workload:
        """What passes over these images still have to compute."""


@dataclass(frozen=True)
class EmbeddedPredictor:
    """A predictor that takes embeddings from the store where it has them.

    Attributes:
        predictor: its head makes logits of them.
        embedder: of the same network.
    """

    predictor: Predictor
    embedder: Embedder

    @property
    def preprocessing(self) -> Preprocessing:
        """The predictor's."""
        return self.predictor.preprocessing

    @property
    def calibrator(self) -> Calibrator:
        """The predictor's."""
        return self.predictor.calibrator

    @property
    def reject(self) -> RejectRule:
        """The predictor's."""
        return self.predictor.reject

    def predict(
        self, manifest: Manifest, *, policy: ViewPolicy | None = None, seed: int = 0, what: str = ""
    ) -> Predictions:
        """See `SplitPredictor.predict`."""
        return self.predictor.predict(manifest, self.embedder, policy=policy, seed=seed, what=what)

    def workload(self, policies: Sequence[ViewPolicy], manifest: Manifest, *, seed: int) -> Workload:
        """What the store does not have, timed on one batch of the first policy that lacks any."""
        embedder = self.embedder
        missing = [
            int((~embedder.store.read(embedder.key(policy=policy, seed=seed), manifest.pixel_ids)[1]).sum())
            for policy in policies
        ]
        if not any(missing):
            return Workload(0, 0.0)
        first = next(policy for policy, count in zip(policies, missing, strict=True) if count)
        rows = np.linspace(0, len(manifest) - 1, min(BATCH_SIZE, len(manifest))).astype(int)
        batch = replace(manifest, table=manifest.table.iloc[rows])
        view = View(embedder.preprocessing, first, 0, seed)
        if embedder.runtime is None:
            embedder.compute(batch, view)  # loads what computes, which is not to be timed
        started = time.perf_counter()
        embedder.compute(batch, view)
        return Workload(sum(missing), (time.perf_counter() - started) / len(rows) * sum(missing))
