"""ScoredBundle: a bundle and what it says now about the frozen test images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.data.manifest import Manifest
from assay.deploy.bundle.bundle import Bundle
from assay.errors import AssayError, GateError
from assay.evaluation.cost import Cost
from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.gate.measured_cost import measured_cost
from assay.gate.settings import GateSettings
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, Predictions


@dataclass(frozen=True, eq=False)
class ScoredBundle:
    """One side of a judgement. Nothing is scored before it is asked for, and then once.

    Attributes:
        bundle: that is judged.
        images: the frozen test images.
        settings: how intervals are made.
        name: for progress and sentences: "candidate", "champion".
    """

    bundle: Bundle
    images: Manifest
    settings: GateSettings
    name: str = "candidate"

    @property
    def predictions(self) -> Predictions:
        """What the bundle says now about each test image, before calibration.

        Raises:
            GateError: it cannot answer, or answers with what is not a number.
        """
        if isinstance(self._predictions, Predictions):
            return self._predictions
        raise GateError(f"the {self.name} cannot be scored on the test images: {self._predictions}")

    @property
    def calibrated(self) -> Predictions:
        """The same with calibrated logits.

        Raises:
            GateError: as `predictions`.
        """
        calibrated = self.bundle.predictor.calibrator.applied(self.predictions.answers_only())
        if not np.isfinite(calibrated.logits).all():
            raise GateError(f"the {self.name} has calibrated logits that are not finite")
        return calibrated

    @property
    def probabilities(self) -> FloatArray:
        """Calibrated probabilities [N, C] in the order of the images.

        Raises:
            GateError: as `predictions`.
        """
        return softmax(self.calibrated.logits)

    @property
    def evidence(self) -> Evidence:
        """What these answers show, computed now.

        Raises:
            GateError: as `predictions`, or nothing can be computed from them.
        """
        if isinstance(self._evidence, Evidence):
            return self._evidence
        raise GateError(self._evidence)

    def cost(self, metric: str) -> Cost:
        """What an answer costs, measured now, as far as this metric needs it.

        Raises:
            GateError: the bundle cannot answer.
        """
        kind = metric.rpartition("_p")[2] if "latency" in metric else "counted"
        if kind not in self._costs:
            try:
                self._costs[kind] = measured_cost(self.bundle, self.images.paths, metric)
            except AssayError as error:
                raise GateError(f"what the {self.name} costs cannot be measured: {error}") from error
        return self._costs[kind]

    @cached_property
    def _costs(self) -> dict[str, Cost]:
        return {}

    @cached_property
    def _predictions(self) -> Predictions | str:
        try:
            predictions = self.bundle.predictions(self.images, what=f"scoring the {self.name}")
        except AssayError as error:
            return str(error)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        wrong = int((~np.isfinite(predictions.logits)).any(axis=1).sum())
        return f"{wrong} of {len(predictions)} answers are not finite numbers" if wrong else predictions

    @cached_property
    def _evidence(self) -> Evidence | str:
        settings = self.settings
        try:
            predictor = self.bundle.predictor
            return evaluate(
                {self.predictions.split: self.predictions},
                predictor.calibrator,
                reject=predictor.reject,
                split=self.predictions.split,
                resamples=settings.resamples,
                confidence=settings.confidence,
                seed=settings.seed,
            )
        except (AssayError, ValueError, KeyError, TypeError) as error:
            return str(error)
