"""The INT8 form of a bundle: quantized, its rules fitted again on what it says, held against the float model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from omegaconf import DictConfig

from assay.config.ood import set_name
from assay.config.targets import build
from assay.deploy.bundle.answering import predict_files
from assay.deploy.bundle.bundle import PREDICTOR
from assay.deploy.bundle.format import FOLDERS, GRAPH, INT8, Format
from assay.deploy.bundle.parity import in_order_of, parity
from assay.deploy.bundle.settings import Int8Settings
from assay.deploy.export.exported_form import ExportedForm, held_against, notes_on
from assay.deploy.export.int8_images import network_inputs, training_images
from assay.deploy.graph.graph import Answering
from assay.deploy.graph.onnx_format import answering_onnx, joined_onnx, write_onnx
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.deploy.int8.backbone import Int8Backbone
from assay.deploy.int8.corrected_head import CorrectedHead, corrected_head
from assay.postprocess.calibration import Calibrator
from assay.predictions import Predictions
from assay.predictor import Predictor
from assay.run.ood import chooses_by_classes, fit_ood
from assay.run.recorded_run import RecordedRun
from assay.tracking.environment import cpu_flags

if TYPE_CHECKING:
    import onnx
    from torch import nn

    from assay.data.manifest import Manifest
    from assay.tracking.read import RunRecord

CORRECTED_BY = 2048
"""Training images, at most, that the head's correction is fitted to."""
KEPT_AT_ONCE, MOST_KEPT = 2, 8
"""Layers that are kept in float before INT8 is judged again, and after how many it is given up."""
VNNI = ("avx512_vnni", "avx_vnni", "avxvnni", "asimddp")


def make_int8(
    record: RunRecord,
    manifest: Manifest,
    predictor: Predictor,
    measured: Predictions,
    pictures: onnx.ModelProto,
    backbone: onnx.ModelProto,
    folder: Path,
    settings: Int8Settings,
    *,
    every_split: bool = False,
    graphs_dir: Path | None = None,
) -> ExportedForm:
    """Quantize, keep in float what hurts on `calib`, fit head and rules again, hold against the float model on `test`.

    Args:
        record: of the run.
        manifest: its images.
        predictor: the float model.
        measured: what it said about the test images.
        pictures, backbone: its graphs in float.
        folder: of the bundle in the making.
        settings: how many images, what may be lost.
        every_split: whether every split and OOD set is looked at, as the evidence needs.
        graphs_dir: where graphs of architectures are kept; None keeps none.

    Returns:
        What was made; refused, and without a file, where it loses too much.
    """
    config = RecordedRun(record).config
    inputs = network_inputs(predictor, training_images(manifest, settings.images))
    target, network = folder / FOLDERS[INT8] / GRAPH, predictor.network
    maker = Int8Backbone(
        backbone,
        inputs,
        reduce_range=settings.reduce_range,
        float_share=settings.float_share,
        passes=network.backbone.passes,
    )

    def written(head: nn.Module, calibrator: Calibrator) -> OnnxPredictor:
        answering = answering_onnx(head, network.backbone.embedding_dim, calibrator, graphs_dir=graphs_dir)
        write_onnx(joined_onnx(pictures, quantized, answering), target)
        return OnnxPredictor.load(target, folder / PREDICTOR)

    learnt_from = training_images(manifest, CORRECTED_BY)
    float_predictions = {split: RecordedRun(record).predictions(split) for split in ("train", "calib")}
    kept: list[str] = []
    while True:
        quantized = maker.quantized(kept)
        learnt = predict_files(
            written(network.head, predictor.calibrator).raw_predictions,
            learnt_from,
            predictor.samples,
            what="INT8, training images",
        )
        head = _corrected(network.head, learnt, float_predictions["train"])
        session = written(head, predictor.calibrator)
        calib = predict_files(session.raw_predictions, manifest.only("calib"), session.samples, what="INT8, calib")
        fitted = replace(session, calibrator=predictor.calibrator.fresh().fit(calib))
        judged = parity(
            in_order_of(float_predictions["calib"], calib),
            predictor.calibrator,
            calib,
            fitted.calibrator,
            resamples=100,
        )
        if judged.loss <= settings.max_loss or len(kept) >= MOST_KEPT:
            break
        worse = [name for name in maker.harmful(quantized) if name not in kept]
        if not worse:
            break
        kept += worse[:KEPT_AT_ONCE]
    predictions, sets = _predictions_of(config, manifest, fitted, calib, every_split=every_split)
    reject = build(config.reject).fit(calib, fitted.probabilities(calib))
    stage = fit_ood(config, predictions, sets, predictor.network)
    fitted = replace(fitted, reject=reject, ood=None if stage is None else stage.rule)
    written(head, fitted.calibrator)
    fitted.save(target.parent)
    fitted = OnnxPredictor.load(target, target.parent)
    inside = Answering(head, fitted.calibrator).calibrates
    measured_parity = held_against(measured, predictor, predictions["test"], fitted, manifest, inside=inside)
    described = Format(
        file=f"{FOLDERS[INT8]}/{GRAPH}",
        rules=FOLDERS[INT8],
        bytes=target.stat().st_size,
        parity=measured_parity,
        calibration_inside=inside,
        kept_in_float=(*maker.start, *kept),
        images=len(inputs),
        cpu_flags=tuple(cpu_flags()),
        notes=(*notes_on(predictor, inside=inside), *_notes(settings)),
    )
    if measured_parity.loss <= settings.max_loss:
        return ExportedForm(described, fitted, predictions, sets, stage)
    for file in target.parent.iterdir():
        file.unlink()
    target.parent.rmdir()
    why = (
        f"it loses {measured_parity.loss:.1%} of the macro-F1 ({measured_parity.float_macro_f1:.4f} to "
        f"{measured_parity.macro_f1:.4f}), more than int8.max_loss={settings.max_loss:g}"
    )
    return ExportedForm(replace(described, file="", rules="", verdict="refused", why=why), None, {}, {})


def _corrected(head: nn.Module, predictions: Predictions, by_float: Predictions) -> CorrectedHead:
    """The head, brought near to the float model's logits for the images that INT8 has looked at."""
    wanted = in_order_of(by_float.rows(np.flatnonzero(np.isin(by_float.ids, predictions.ids))), predictions)
    assert predictions.embeddings is not None
    return corrected_head(head, predictions.embeddings, predictions.logits, wanted.logits)


def _predictions_of(
    config: DictConfig, manifest: Manifest, answerer: OnnxPredictor, calib: Predictions, *, every_split: bool
) -> tuple[dict[str, Predictions], dict[str, Predictions]]:
    """What INT8 says about the splits, and the OOD sets, that are needed."""
    chosen_on = {set_name(entry) for entry in config.data.ood_val}
    needed = {"train", "test", *({"val"} if every_split or chosen_on or chooses_by_classes(config) else ())}
    predictions = {"calib": calib}
    for split in manifest.splits:
        if split in needed:
            predictions[split] = predict_files(
                answerer.raw_predictions, manifest.only(split), answerer.samples, what=f"INT8, {split}"
            )
    sets = {
        name: predict_files(answerer.raw_predictions, rows, answerer.samples, what=f"INT8, {name}")
        for name, rows in manifest.ood_sets().items()
        if every_split or name in chosen_on
    }
    return predictions, sets


def products_overflow() -> bool:
    """Whether sums of 8-bit products are made in 16 bits here, as on x86 without VNNI."""
    flags: Any = cpu_flags()
    return bool(flags) and not any(flag in flags for flag in VNNI)


def _notes(settings: Int8Settings) -> tuple[str, ...]:
    notes = []
    if products_overflow() and not settings.reduce_range:
        notes.append(
            "this CPU has no VNNI, on which 8-bit products can overflow: try int8.reduce_range=true, and measure where "
            "it will run"
        )
    if settings.reduce_range:
        notes.append("weights of 7 bits (int8.reduce_range)")
    return tuple(notes)
