"""Measure a trained network: predictions, calibration, evidence, report; all of it as files in one folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from assay.config.targets import build
from assay.data.manifest import Manifest
from assay.embeddings.extract import Embedder
from assay.embeddings.onnx_runtime import EXPORTED
from assay.evaluation.cost import Cost
from assay.evaluation.evidence import Evidence
from assay.evaluation.latency import load_per_core, time_answers
from assay.evaluation.settings import EvaluationSettings, ValSettings
from assay.models.network import Network
from assay.output import say
from assay.predictions import IntArray, Predictions
from assay.predictor import Predictor
from assay.predictor.saved_weights import saved_size
from assay.predictor.split_predictor import EmbeddedPredictor
from assay.run.assemble import Predicted, assemble_evidence, measure_predictions, without_helpers
from assay.run.fitted import fitted
from assay.run.images import build_preprocessing
from assay.run.kept_cost import kept_cost
from assay.run.kept_measurement import KeptMeasurement, kept_measurement
from assay.run.network import build_embedder, stays_frozen
from assay.run.ood import fit_ood, linear_map, predict_sets
from assay.run.workspace import cache_folder
from assay.tracking.run_files import EVIDENCE, MODEL, OWN_CACHE, PREDICTIONS, SHARED_BACKBONES, predictions_of

TIMED_PICTURES = 100
"""Test images that answers are timed on, in turn."""


@dataclass(frozen=True)
class RunMeasurement:
    """What measuring gives.

    Attributes:
        predictor: calibrated.
        evidence: on the test split.
        predictions: of every split, before calibration.
    """

    predictor: Predictor
    evidence: Evidence
    predictions: dict[str, Predictions]


def measure(
    config: DictConfig,
    manifest: Manifest,
    network: Network,
    folder: Path,
    *,
    environment: dict[str, str],
    notes: tuple[str, ...] = (),
    draws: IntArray | None = None,
    epochs: int = 0,
) -> RunMeasurement:
    """Predict every split, fit on `calib` what learns from predictions, measure on `test`; write all of it as files.

    Args:
        config: composed and checked.
        manifest: all splits.
        network: trained.
        folder: of the run.
        environment: versions and hardware, as text.
        notes: sentences that come before those of the evidence.
        draws: [N], how often each training image was drawn; None when nothing knows it.
        epochs: how many were trained.
    """
    predictor, embedder = fresh(config, manifest, network, folder)
    predictions = {split: predictor.predict(manifest.only(split), embedder) for split in manifest.labelled.splits}
    for split, predicted in predictions.items():
        predicted.save(folder / predictions_of(split))
    outside = predict_sets(config, predictor, manifest, embedder, folder / PREDICTIONS)
    photographs, _ = without_helpers(predictions["train"], manifest)
    kept = kept_measurement(
        config,
        predictions,
        outside,
        photographs=photographs,
        head=linear_map(network),
        draws=draws,
        epochs=epochs,
        environment=environment,
    )
    known = kept.load()
    stage = None
    if known is None:
        stage = fit_ood(config, {**predictions, "train": photographs}, outside, network)
        predictor = replace(
            fitted(config, predictor, embedder, manifest, predictions["calib"]),
            ood=None if stage is None else stage.rule,
        )
    else:
        rules, _ = known
        predictor = replace(predictor, calibrator=rules.calibrator, reject=rules.reject, ood=rules.ood)
    predictor.save(folder / MODEL, shared=shared_backbones(config, folder))
    settings: EvaluationSettings = build(config.evaluation)
    # Before what fills the cores, so that answers are timed alone.
    cost = _cost(predictor, manifest.only("test"), settings, folder, kept)
    outputs = Predicted(predictions, outside, stage, draws, epochs)
    if known is None:
        measured = measure_predictions(config, manifest, predictor, outputs)
        kept.save(folder / MODEL, measured)
    else:
        _, measured = known
    evidence = assemble_evidence(
        config,
        manifest,
        EmbeddedPredictor(predictor, embedder),
        outputs,
        measured,
        cost=cost,
        environment=environment,
        notes=notes,
        folder=folder / PREDICTIONS,
    )
    evidence.save(folder / EVIDENCE)
    return RunMeasurement(predictor, evidence, predictions)


def fresh(config: DictConfig, manifest: Manifest, network: Network, folder: Path) -> tuple[Predictor, Embedder]:
    """A predictor that nothing has learned for yet, and what embeds for it; a finetuned network in the run's cache."""
    finetuned = any(stage.inputs == "images" for stage in build(config.finetune).stages())
    own = folder / OWN_CACHE if finetuned else None
    preprocessing = build_preprocessing(config, manifest)
    predictor = Predictor(
        network=network,
        preprocessing=preprocessing,
        class_names=manifest.class_names,
        ordered=manifest.ordered,
        cache_dir=(own or cache_folder(config)) / EXPORTED,
        graphs_dir=cache_folder(config) / EXPORTED,
    )
    return predictor, build_embedder(config, network, preprocessing, own=own)


def shared_backbones(config: DictConfig, folder: Path) -> Path | None:
    """Where the backbone of a run is kept once for all runs of the same; None where training has changed it.

    Args:
        config: composed and checked.
        folder: of the run.
    """
    return folder.parent / SHARED_BACKBONES if stays_frozen(config) else None


def _cost(
    predictor: Predictor, manifest: Manifest, settings: EvaluationSettings, folder: Path, kept: KeptMeasurement
) -> Cost:
    """Of the same model as the one that a run has timed here within the hour, its cost; else it is measured."""
    place = kept_cost(kept, manifest.paths[:TIMED_PICTURES])
    if (known := place.load()) is not None:
        say(f"latency: {known.taken_over}")
        return known
    cost = measure_cost(predictor, manifest, settings, folder / MODEL)
    place.save(cost, run=folder.name)
    return cost


def measure_cost(
    predictor: Predictor, manifest: Manifest, settings: EvaluationSettings | ValSettings, model: Path
) -> Cost:
    """What an answer costs, as served.

    Args:
        predictor: with all that answers.
        manifest: whose first pictures are answered about.
        settings: how often.
        model: the folder that the predictor was saved in.
    """
    runs, load = settings.latency_runs, load_per_core()
    times = time_answers(
        predictor.answer, manifest.paths[:TIMED_PICTURES], runs=runs, warmup=settings.latency_warmup if runs else 0
    )
    return Cost.from_times(
        parameters=sum(parameter.numel() for parameter in predictor.network.parameters()),
        size_mb=saved_size(model) / 1e6,
        times_ms=times,
        device=_device(predictor),
        load=load,
    )


def _device(predictor: Predictor) -> Any:
    import torch

    return f"cpu, {torch.get_num_threads()} threads, {predictor.runtime.backend}"
