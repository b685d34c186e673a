"""Stability: how often an answer changes when the same picture is delivered again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.evaluation.measure import Units
from assay.evaluation.share import share
from assay.measurement import Measurement
from assay.postprocess.calibration import Calibrator
from assay.predictions import IntArray, Predictions


@dataclass(frozen=True)
class Stability:
    """How often answers change when pictures are delivered again, which a service answers with "unsure".

    Attributes:
        split: whose pictures were delivered again.
        flip_rate: share of the pictures whose answer changes in any delivery.
        deliveries: (what was done, share of the pictures whose answer it changes).
        classes: (class, share of its pictures whose answer changes in any delivery).
        right_stable: share of the answers that hold and are right, among those that hold.
        right_unstable: share of the answers about pictures as they are that are right, among those that change.
    """

    split: str
    flip_rate: Measurement
    deliveries: tuple[tuple[str, Measurement], ...]
    classes: tuple[tuple[str, Measurement], ...]
    right_stable: Measurement
    right_unstable: Measurement

    def measured(self) -> dict[str, Measurement]:
        """The main number by its logged name."""
        return {"generators/flip_rate": self.flip_rate}


def measure_stability(
    clean: Predictions, delivered: Mapping[str, Predictions], calibrator: Calibrator, *, confidence: float = 0.95
) -> Stability:
    """Hold the answer about each picture against those about its deliveries.

    Args:
        clean: of the pictures as they are, before calibration.
        delivered: by what was done, of the same pictures in the same order.
        calibrator: as answers are calibrated, which may change them.
        confidence: level of the intervals, Wilson's; pictures of one group count as one trial.

    Raises:
        DataError: nothing was delivered again, or other pictures were.
    """
    if not delivered:
        raise DataError("no picture was delivered again: there is nothing to hold answers against")
    answers = _answers(clean, calibrator)
    changed: dict[str, NDArray[np.bool_]] = {}
    for described, predictions in delivered.items():
        if predictions.ids.tolist() != clean.ids.tolist():
            raise DataError(f"predictions for {described} are not of the images they are held against")
        changed[described] = _answers(predictions, calibrator) != answers
    flips, right, units = np.any(list(changed.values()), axis=0), answers == clean.labels, Units.of(clean.groups)

    def part(hits: NDArray[np.bool_], among: NDArray[np.bool_] | None = None) -> Measurement:
        return share(hits, among, units, confidence=confidence)

    return Stability(
        split=clean.split,
        flip_rate=part(flips),
        deliveries=tuple((described, part(hits)) for described, hits in changed.items()),
        classes=tuple((name, part(flips, clean.labels == index)) for index, name in enumerate(clean.class_names)),
        right_stable=part(right, ~flips),
        right_unstable=part(right, flips),
    )


def _answers(predictions: Predictions, calibrator: Calibrator) -> IntArray:
    return np.asarray(calibrator.applied(predictions).logits.argmax(axis=1), dtype=np.int64)
