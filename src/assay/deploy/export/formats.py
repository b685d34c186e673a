"""The ONNX forms of a bundle in the making, each held against the float model on the whole test split."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.deploy.bundle.answering import predict_files
from assay.deploy.bundle.bundle import EVIDENCE, MEASURED, PREDICTOR
from assay.deploy.bundle.format import FOLDERS, GRAPH, INT8, ONNX, Format
from assay.deploy.bundle.parity import refusal_of_float
from assay.deploy.bundle.settings import ExportSettings
from assay.deploy.export.exported_form import ExportedForm, held_against, notes_on
from assay.deploy.graph.graph import Answering
from assay.deploy.graph.onnx_format import answering_onnx, backbone_onnx, joined_onnx, normalised_onnx, write_onnx
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.embeddings.onnx_runtime import EXPORTED
from assay.errors import BundleError
from assay.predictions import Predictions
from assay.predictor import Predictor
from assay.tracking.environment import cpu_flags

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.tracking.read import RunRecord


def make_formats(
    record: RunRecord, manifest: Manifest, folder: Path, settings: ExportSettings, *, cache_dir: Path
) -> dict[str, ExportedForm]:
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
    graphs = cache_dir / EXPORTED
    pictures = normalised_onnx(predictor.network, predictor.preprocessing, graphs_dir=graphs)
    backbone = backbone_onnx(predictor.network, predictor.preprocessing.size, graphs_dir=graphs)
    forms: dict[str, ExportedForm] = {}
    if ONNX in wanted:
        network = predictor.network
        dim = network.backbone.embedding_dim
        answering = answering_onnx(network.head, dim, predictor.calibrator, graphs_dir=graphs)
        target = folder / FOLDERS[ONNX] / GRAPH
        write_onnx(joined_onnx(pictures, backbone, answering), target)
        forms[ONNX] = _float_onnx(predictor, measured, manifest, target)
    if INT8 in wanted:
        from assay.deploy.export.int8 import make_int8

        forms[INT8] = make_int8(
            record,
            manifest,
            predictor,
            measured,
            pictures,
            backbone,
            folder,
            settings.int8,
            every_split=settings.serve == INT8,
            graphs_dir=graphs,
        )
        if settings.serve == INT8 and forms[INT8].answerer is None:
            raise BundleError(f"run {record.run_id}: INT8 is refused and cannot be served: {forms[INT8].described.why}")
    return forms


def _float_onnx(predictor: Predictor, measured: Predictions, manifest: Manifest, path: Path) -> ExportedForm:
    answerer = OnnxPredictor.load(path, path.parents[1] / PREDICTOR)
    test = predict_files(answerer.raw_predictions, manifest.only("test"), answerer.samples, what="ONNX, test")
    inside = Answering(predictor.network.head, predictor.calibrator).calibrates
    parity = held_against(measured, predictor, test, answerer, manifest, inside=inside)
    if why := refusal_of_float(parity):
        raise BundleError(f"{path.name}: the ONNX form is refused: {why}")
    described = Format(
        file=f"{FOLDERS[ONNX]}/{GRAPH}",
        rules=PREDICTOR,
        bytes=path.stat().st_size,
        parity=parity,
        calibration_inside=inside,
        cpu_flags=tuple(cpu_flags()),
        notes=notes_on(predictor, inside=inside),
    )
    return ExportedForm(described, answerer, {"test": test}, {})


def serve(record: RunRecord, manifest: Manifest, form: ExportedForm, folder: Path, name: str) -> None:
    """Put the evidence and the test predictions of a form in the place of the float model's."""
    from assay.deploy.export.measure import measure_again

    assert form.answerer is not None
    evidence, test = measure_again(record, manifest, form, folder, name)
    evidence.save(folder / EVIDENCE)
    test.save(folder / MEASURED)
