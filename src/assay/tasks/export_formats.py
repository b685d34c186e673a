"""The ONNX forms of a bundle in the making, each held against the float model on the whole test split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.deploy.answering import said_of
from assay.deploy.bundle import EVIDENCE, MEASURED, PREDICTOR
from assay.deploy.format import FOLDERS, GRAPH, INT8, ONNX, PREPARED, Format, Parity
from assay.deploy.graph import Answering
from assay.deploy.onnx_format import answering_onnx, backbone_onnx, joined_onnx, normalised_onnx, write_onnx
from assay.deploy.onnx_predictor import OnnxPredictor
from assay.deploy.parity import in_order_of, parity, refusal_of_float
from assay.deploy.session import BATCH, run
from assay.deploy.settings import ExportSettings
from assay.embeddings.onnx_runtime import EXPORTED
from assay.errors import BundleError
from assay.predictions import Predictions
from assay.predictor import Predictor, decoded
from assay.tracking.environment import cpu_flags

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.tasks.ood import OodStage
    from assay.tracking.read import RunRecord

CONFIG = "config.yaml"


@dataclass(frozen=True)
class Made:
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


def make_formats(
    record: RunRecord, manifest: Manifest, folder: Path, settings: ExportSettings, *, cache_dir: Path
) -> dict[str, Made]:
    """Write the forms that are asked for into a bundle in the making.

    Args:
        record: of the run.
        manifest: its images.
        folder: of the bundle, which holds the float model already.
        settings: what is asked for.
        cache_dir: where networks are kept that were exported for this machine.

    Raises:
        BundleError: the form that is to be served, or ONNX in float, is refused.
    """
    predictor = Predictor.load(folder / PREDICTOR, cache_dir=cache_dir / EXPORTED)
    measured = Predictions.load(folder / MEASURED)
    wanted = [name for name in (ONNX, INT8) if name in settings.formats or settings.serve == name]
    pictures = normalised_onnx(predictor.network, predictor.preprocessing)
    backbone = backbone_onnx(predictor.network, predictor.preprocessing.size, graphs_dir=cache_dir / EXPORTED)
    made: dict[str, Made] = {}
    if ONNX in wanted:
        network = predictor.network
        answering = answering_onnx(network.head, network.backbone.embedding_dim, predictor.calibrator)
        target = folder / FOLDERS[ONNX] / GRAPH
        write_onnx(joined_onnx(pictures, backbone, answering), target)
        made[ONNX] = _float_onnx(predictor, measured, manifest, target)
    if INT8 in wanted:
        from assay.tasks.export_int8 import make_int8

        made[INT8] = make_int8(
            record,
            manifest,
            predictor,
            measured,
            pictures,
            backbone,
            folder,
            settings.int8,
            every_split=settings.serve == INT8,
        )
        if settings.serve == INT8 and made[INT8].answerer is None:
            raise BundleError(f"run {record.run_id}: INT8 is refused and cannot be served: {made[INT8].described.why}")
    return made


def _float_onnx(predictor: Predictor, measured: Predictions, manifest: Manifest, path: Path) -> Made:
    answerer = OnnxPredictor.load(path, path.parents[1] / PREDICTOR)
    test = said_of(answerer.look, manifest.only("test"), what="ONNX, test")
    inside = Answering(predictor.network.head, predictor.calibrator).calibrates
    found = held_against(measured, predictor, test, answerer, manifest, inside=inside)
    if why := refusal_of_float(found):
        raise BundleError(f"{path.name}: the ONNX form is refused: {why}")
    described = Format(
        file=f"{FOLDERS[ONNX]}/{GRAPH}",
        rules=PREDICTOR,
        bytes=path.stat().st_size,
        parity=found,
        calibration_inside=inside,
        cpu_flags=tuple(cpu_flags()),
        notes=notes_on(predictor, inside=inside),
    )
    return Made(described, answerer, {"test": test}, {})


def notes_on(predictor: Predictor, *, inside: bool) -> tuple[str, ...]:
    """What whoever runs the graph by itself has to know.

    Args:
        predictor: the float model.
        inside: whether the graph calibrates.
    """
    said: tuple[str, ...] = ()
    if why := predictor.preprocessing.not_in_graph:
        said = (PREPARED.format(size=predictor.preprocessing.size, why=why),)
    return said if inside else (*said, "the graph's probabilities are softmax(logits); calibration is applied outside")


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
        images = answerer.prepared([decoded(path, str(path)) for path in first])
        said = run(answerer.session, images)
        own = answerer.probabilities(test.rows(np.arange(len(first))))
        graph = float(np.abs(said.probabilities - own).max())
    found = parity(in_order_of(measured, test), predictor.calibrator, test, answerer.calibrator)
    return replace(found, graph_difference=graph)


def serve(record: RunRecord, manifest: Manifest, made: Made, folder: Path, name: str) -> None:
    """Put the evidence and the test predictions of a form in the place of the float model's."""
    from assay.tasks.export_measure import measure_again

    assert made.answerer is not None
    evidence, test = measure_again(record, manifest, made, folder, name)
    evidence.save(folder / EVIDENCE)
    test.save(folder / MEASURED)
