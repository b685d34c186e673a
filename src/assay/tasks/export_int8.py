"""The INT8 form of a bundle: quantized, its rules fitted again on what it says, held against the float model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from assay.config.check import check
from assay.config.ood import set_name
from assay.config.targets import build
from assay.data.generated import generated_helpers
from assay.data.stratified import divide
from assay.deploy.answering import said_of
from assay.deploy.format import FOLDERS, GRAPH, INT8, Format
from assay.deploy.graph import Answering
from assay.deploy.int8 import Int8Backbone
from assay.deploy.onnx_format import answering_onnx, joined_onnx, write_onnx
from assay.deploy.onnx_predictor import OnnxPredictor
from assay.deploy.parity import in_order_of, parity
from assay.deploy.settings import Int8Settings
from assay.errors import BundleError
from assay.postprocess.calibration import Auto, Calibrator, Isotonic
from assay.predictions import Predictions
from assay.predictor import Predictor, decoded
from assay.tasks.export_formats import CONFIG, Made, held_against
from assay.tasks.ood import fit_ood
from assay.tracking.environment import cpu_flags

if TYPE_CHECKING:
    import onnx

    from assay.data.manifest import Manifest
    from assay.tracking.read import RunRecord

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
) -> Made:
    """Quantize, keep in float what hurts on `calib`, fit the rules again, hold against the float model on `test`.

    Args:
        record: of the run.
        manifest: its images.
        predictor: the float model.
        measured: what it said about the test images.
        pictures, backbone: its graphs in float.
        folder: of the bundle in the making.
        settings: how many images, what may be lost.
        every_split: whether every split and OOD set is looked at, as the evidence needs.

    Returns:
        What was made; refused, and without a file, where it loses too much.
    """
    config = run_config(record)
    inputs = calibration_inputs(predictor, manifest, settings.images)
    maker = Int8Backbone(backbone, inputs, reduce_range=settings.reduce_range)
    target = folder / FOLDERS[INT8] / GRAPH
    plain = answering_onnx(predictor.network, predictor.calibrator)
    said_by_float = Predictions.load(record.file("predictions/calib.parquet"))
    kept: list[str] = []
    while True:
        quantized = maker.quantized(kept)
        write_onnx(joined_onnx(pictures, quantized, plain), target)
        session = OnnxPredictor.load(target, folder / "predictor")
        calib = said_of(session.look, manifest.only("calib"), what="INT8, calib")
        fitted = replace(session, calibrator=_like(predictor.calibrator).fit(calib))
        judged = parity(
            in_order_of(said_by_float, calib), predictor.calibrator, calib, fitted.calibrator, resamples=100
        )
        if judged.loss <= settings.max_loss or len(kept) >= MOST_KEPT:
            break
        worse = [name for name in maker.harmful(quantized) if name not in kept]
        if not worse:
            break
        kept += worse[:KEPT_AT_ONCE]
    predictions, sets = _looked(config, manifest, fitted, calib, every_split=every_split)
    reject = build(config.reject).fit(calib, fitted.probabilities(calib))
    stage = fit_ood(config, predictions, sets, predictor.network)
    fitted = replace(fitted, reject=reject, ood=None if stage is None else stage.rule)
    write_onnx(joined_onnx(pictures, quantized, answering_onnx(predictor.network, fitted.calibrator)), target)
    fitted.save(target.parent)
    fitted = OnnxPredictor.load(target, target.parent)
    inside = Answering(predictor.network, fitted.calibrator).calibrates
    found = held_against(measured, predictor, predictions["test"], fitted, manifest, inside=inside)
    described = Format(
        file=f"{FOLDERS[INT8]}/{GRAPH}",
        rules=FOLDERS[INT8],
        bytes=target.stat().st_size,
        parity=found,
        calibration_inside=inside,
        kept_in_float=tuple(kept),
        images=len(inputs),
        cpu_flags=tuple(cpu_flags()),
        notes=_notes(settings),
    )
    if found.loss <= settings.max_loss:
        return Made(described, fitted, predictions, sets, stage)
    for file in target.parent.iterdir():
        file.unlink()
    target.parent.rmdir()
    why = (
        f"it loses {found.loss:.1%} of the macro-F1 ({found.float_macro_f1:.4f} to {found.macro_f1:.4f}), more than "
        f"int8.max_loss={settings.max_loss:g}"
    )
    return Made(replace(described, file="", rules="", verdict="refused", why=why), None, {}, {})


def run_config(record: RunRecord) -> DictConfig:
    """The run's own config, checked."""
    config = OmegaConf.load(record.file(CONFIG))
    assert isinstance(config, DictConfig)
    check(config)
    return config


def calibration_inputs(predictor: Predictor, manifest: Manifest, images: int) -> NDArray[np.float32]:
    """Normalised pictures [N, 3, S, S] of training images, stratified by class, as the test transform makes them."""
    # Ranges come from what it will be asked about: photographs, where generated images only helped.
    train = replace(manifest, table=manifest.table[~generated_helpers(manifest)]).only("train")
    if len(train) == 0:
        raise BundleError("INT8 takes the ranges of activations from training images, and there are none")
    share = divide(train.labels, train.groups.tolist(), [images, max(0, len(train) - images)], seed=0)
    chosen = np.flatnonzero(share == 0)
    pixels = predictor.pixels([decoded(train.paths[row], str(train.paths[row])) for row in chosen])
    mean, std = (value.detach().cpu().numpy() for value in (predictor.network.mean, predictor.network.std))
    normalised: NDArray[np.float32] = ((pixels.astype(np.float32) - mean) / std).astype(np.float32)
    return normalised


def _looked(
    config: DictConfig, manifest: Manifest, answerer: OnnxPredictor, calib: Predictions, *, every_split: bool
) -> tuple[dict[str, Predictions], dict[str, Predictions]]:
    """What INT8 says about the splits, and the OOD sets, that are needed."""
    chosen_on = {set_name(entry) for entry in config.data.ood_val}
    needed = {"train", "test", *({"val"} if every_split or chosen_on else ())}
    predictions = {"calib": calib}
    for split in manifest.splits:
        if split in needed:
            predictions[split] = said_of(answerer.look, manifest.only(split), what=f"INT8, {split}")
    sets = {
        name: said_of(answerer.look, rows, what=f"INT8, {name}")
        for name, rows in manifest.ood_sets().items()
        if every_split or name in chosen_on
    }
    return predictions, sets


def _like(calibrator: Calibrator) -> Calibrator:
    """A fresh calibrator of the kind that the run used; of the kind that `auto` took, so that nothing else changes."""
    if isinstance(calibrator, Auto):
        return _like(calibrator.taken_)
    if isinstance(calibrator, Isotonic):
        return Isotonic(calibrator.smoothing)
    return type(calibrator)()


def _notes(settings: Int8Settings) -> tuple[str, ...]:
    flags: Any = cpu_flags()
    notes = []
    if flags and not any(flag in flags for flag in VNNI) and not settings.reduce_range:
        notes.append(
            "this CPU has no VNNI, on which 8-bit products can overflow: try int8.reduce_range=true, and measure where "
            "it will run"
        )
    if settings.reduce_range:
        notes.append("weights of 7 bits (int8.reduce_range)")
    return tuple(notes)
