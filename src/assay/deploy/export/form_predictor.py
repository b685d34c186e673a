"""FormPredictor: an exported form asked about the images of a manifest, as they are or after something was done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.deploy.bundle.answering import BATCH, batches, predict_files
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.embeddings.views import View, ViewPolicy
from assay.postprocess.calibration import Calibrator
from assay.postprocess.reject import RejectRule
from assay.predictions import Predictions, joined
from assay.predictor.split_predictor import Workload
from assay.progress import track


@dataclass(frozen=True)
class FormPredictor:
    """What `SplitPredictor` describes, by a graph; nothing is stored, because no other form says quite the same.

    Attributes:
        form: that answers.
        preprocessing: of the run.
    """

    form: OnnxPredictor
    preprocessing: Preprocessing

    @property
    def calibrator(self) -> Calibrator:
        """The form's."""
        return self.form.calibrator

    @property
    def reject(self) -> RejectRule:
        """The form's."""
        return self.form.reject

    def predict(
        self, manifest: Manifest, *, policy: ViewPolicy | None = None, seed: int = 0, what: str = ""
    ) -> Predictions:
        """Logits, before calibration, of the images of one split, in manifest order.

        Raises:
            DataError: a file cannot be read, or holds another picture than the manifest says.
        """
        if policy is None:
            return predict_files(self.form.raw_predictions, manifest, self.preprocessing.samples, what=what)
        view = View(self.preprocessing, policy, 0, seed)
        pairs = list(zip(manifest.paths, manifest.ids.tolist(), strict=True))
        outputs = [
            self.form.raw_predictions_of_views(
                [view.picture(path, name, policy).transpose(1, 2, 0) for path, name in batch]
            )
            for batch in track(list(batches(pairs)), what or "views", unit="batches")
        ]
        return joined(outputs).about(manifest.ids, manifest.groups, manifest.labels, manifest.splits[0])

    def workload(self, policies: Sequence[ViewPolicy], manifest: Manifest, *, seed: int) -> Workload:
        """All of it, timed on one batch."""
        if not policies or not len(manifest):
            return Workload(0, 0.0)
        rows = np.linspace(0, len(manifest) - 1, min(BATCH, len(manifest))).astype(int)
        batch = replace(manifest, table=manifest.table.iloc[rows])
        started = time.perf_counter()
        self.predict(batch, policy=policies[0], seed=seed, what="timing")
        pictures = len(policies) * len(manifest)
        return Workload(pictures, (time.perf_counter() - started) / len(rows) * pictures)
