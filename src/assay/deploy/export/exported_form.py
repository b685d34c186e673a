"""One exported form of a bundle in the making, and how it compares with the float model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.deploy.bundle.format import PREPARED, Format, Parity
from assay.deploy.bundle.parity import in_order_of, parity
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.deploy.graph.session import BATCH, run
from assay.predictions import Predictions
from assay.predictor import Predictor, decoded

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.run.ood import OodStage


@dataclass(frozen=True)
class ExportedForm:
    """A form that was made, and what is known of it.

    Attributes:
        described: for the bundle.
        answerer: what answers; None for a form that was refused.
        predictions: by split, where more than `test` was looked at.
        sets: predictions of each OOD set, likewise.
        stage: the OOD rule and what it was chosen from, where it was fitted again.
    """

    described: Format
    answerer: OnnxPredictor | None
    predictions: dict[str, Predictions]
    sets: dict[str, Predictions]
    stage: OodStage | None = None


def notes_on(predictor: Predictor, *, inside: bool) -> tuple[str, ...]:
    """What whoever runs the graph by itself has to know.

    Args:
        predictor: the float model.
        inside: whether the graph calibrates.
    """
    notes: tuple[str, ...] = ()
    if why := predictor.preprocessing.not_in_graph:
        notes = (PREPARED.format(size=predictor.preprocessing.size, why=why),)
    return (
        notes if inside else (*notes, "the graph's probabilities are softmax(logits); calibration is applied outside")
    )


def held_against(
    measured: Predictions,
    predictor: Predictor,
    test: Predictions,
    answerer: OnnxPredictor,
    manifest: Manifest,
    *,
    inside: bool,
) -> Parity:
    """The parity of a form with the float model as it was measured, on the whole test split."""
    graph = None
    if inside:
        first = manifest.only("test").paths[:BATCH]
        images = answerer.prepared([decoded(path, str(path), predictor.samples) for path in first])
        outputs = run(answerer.session, images)
        own = answerer.probabilities(test.rows(np.arange(len(first))))
        graph = float(np.abs(outputs.probabilities - own).max())
    measured_parity = parity(in_order_of(measured, test), predictor.calibrator, test, answerer.calibrator)
    return replace(measured_parity, graph_difference=graph)
