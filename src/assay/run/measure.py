"""Measure a trained network: predictions, calibration, evidence, report; all of it as files in one folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from assay.config.targets import build
from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.embeddings.extract import Embedder
from assay.embeddings.onnx_runtime import EXPORTED
from assay.evaluation.cost import Cost
from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.evaluation.generator_evidence import GeneratorEvidence
from assay.evaluation.latency import time_answers
from assay.evaluation.memorisation import measure_memorisation
from assay.evaluation.settings import EvaluationSettings, ValSettings
from assay.models.network import Network
from assay.postprocess.conformal import APS, LAC
from assay.predictions import IntArray, Predictions
from assay.predictor import Predictor
from assay.run.generators import generators
from assay.run.images import build_preprocessing
from assay.run.learning import build_calibrator
from assay.run.network import build_embedder
from assay.run.ood import fit_ood, measure_stage, predict_sets
from assay.run.robustness import robustness, trained_on
from assay.run.undone_corrections import taken_back
from assay.run.workspace import OWN_CACHE, cache_folder

CONFORMAL = (LAC, APS)
EVIDENCE, MODEL, PREDICTIONS = "evidence.json", "model", "predictions"


@dataclass(frozen=True)
class Measured:
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
) -> Measured:
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
    settings: EvaluationSettings = build(config.evaluation)
    predictor, embedder = fresh(config, manifest, network, folder)
    predictions = {split: predictor.predict(manifest.only(split), embedder) for split in manifest.labelled.splits}
    for split, predicted in predictions.items():
        predicted.save(folder / PREDICTIONS / f"{split}.parquet")
    outside = predict_sets(config, predictor, manifest, embedder, folder / PREDICTIONS)
    calib, test = predictions["calib"], predictions["test"]
    photographs, drawn = _photographs(predictions["train"], manifest, draws)
    stage = fit_ood(config, {**predictions, "train": photographs}, outside, network)
    predictor = replace(
        predictor.fitted(calib, calibrator=build_calibrator(config), reject=build(config.reject)),
        ood=None if stage is None else stage.rule,
    )
    predictor.save(folder / MODEL)
    evidence = evaluate(
        predictions,
        predictor.calibrator,
        reject=predictor.reject,
        conformal=[kind(level=settings.conformal_level).fit(calib) for kind in CONFORMAL],
        resamples=settings.resamples,
        confidence=settings.confidence,
        seed=config.seed,
        cost=measure_cost(predictor, manifest.only("test"), settings, folder / MODEL),
        environment=environment,
    )
    robust = robustness(
        settings,
        predictor,
        embedder,
        manifest.only("test"),
        test,
        folder / PREDICTIONS,
        seed=config.seed,
        trained_on=trained_on(config),
    )
    told = generators(config, settings, predictor, embedder, manifest, predictions, folder / PREDICTIONS)
    memorised = measure_memorisation(
        photographs,
        predictions["val"],
        drawn,
        epochs,
        resamples=settings.resamples,
        confidence=settings.confidence,
        seed=config.seed,
    )
    undone = taken_back(config, test, predictor.probabilities(test))
    evidence = replace(
        evidence,
        robustness=robust,
        generators=told,
        memorisation=memorised,
        ood=measure_stage(stage, config, settings, test, outside),
        notes=(*_file_notes(told), *notes, *undone, *evidence.notes, *memorised.notes),
    )
    evidence.save(folder / EVIDENCE)
    return Measured(predictor, evidence, predictions)


def _photographs(
    predicted: Predictions, manifest: Manifest, draws: IntArray | None
) -> tuple[Predictions, IntArray | None]:
    """Predictions and draws of the training images without those that were generated to help.

    What is in the domain, and what was learned by heart, is asked about photographs; a network that tells generated
    images apart at once would answer for all of a class.
    """
    helpers = generated_helpers(manifest)[(manifest.table["split"] == "train").to_numpy()]
    if not helpers.any():
        return predicted, draws
    return predicted.rows(~helpers), None if draws is None else draws[~helpers]


def _file_notes(told: GeneratorEvidence | None) -> tuple[str, ...]:
    """What has to stand before all else: that the files give the classes away."""
    return (told.files.said,) if told is not None and told.files is not None and told.files.alarm else ()


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
    runs = settings.latency_runs
    times = time_answers(
        predictor.answer, manifest.paths[:100], runs=runs, warmup=settings.latency_warmup if runs else 0
    )
    return Cost.from_times(
        parameters=sum(parameter.numel() for parameter in predictor.network.parameters()),
        size_mb=sum(file.stat().st_size for file in model.iterdir()) / 1e6,
        times_ms=times,
        device=_device(predictor),
    )


def _device(predictor: Predictor) -> Any:
    import torch

    return f"cpu, {torch.get_num_threads()} threads, {predictor.runtime.backend}"
