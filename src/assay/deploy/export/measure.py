"""The evidence of a form that is served, measured anew on what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay.config.targets import build
from assay.deploy.bundle.bundle import EVIDENCE
from assay.deploy.bundle.format import FOLDERS
from assay.deploy.export.exported_form import Made, run_config
from assay.evaluation.cost import Cost
from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.evaluation.latency import time_answers
from assay.evaluation.memorisation import measure_memorisation
from assay.evaluation.settings import EvaluationSettings
from assay.predictions import Predictions
from assay.run.measure import CONFORMAL
from assay.run.ood import measure_stage
from assay.run.undone_corrections import taken_back
from assay.tracking.environment import environment

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.tracking.read import RunRecord


def measure_again(
    record: RunRecord, manifest: Manifest, made: Made, folder: Path, name: str
) -> tuple[Evidence, Predictions]:
    """Metrics, calibration, rejection, cost and OOD of a form, by the same functions as the run's own evidence.

    Robustness under corruptions is left out; a note says so. Where a form was only looked at on `test`, what it is
    held against (the other splits, the OOD sets) is the run's own.

    Args:
        record: of the run.
        manifest: its images.
        made: the form.
        folder: of the bundle in the making, which holds the run's evidence still.
        name: of the form.

    Returns:
        Evidence, and what the form said about the test images.
    """
    assert made.answerer is not None
    config, former = run_config(record), Evidence.load(folder / EVIDENCE)
    settings: EvaluationSettings = build(config.evaluation)
    predictions = _whole(record, manifest, made.predictions)
    test, calib, answerer = predictions["test"], predictions["calib"], made.answerer
    evidence = evaluate(
        predictions,
        answerer.calibrator,
        reject=answerer.reject,
        conformal=[kind(level=settings.conformal_level).fit(calib) for kind in CONFORMAL],
        resamples=settings.resamples,
        confidence=settings.confidence,
        seed=config.seed,
        cost=_cost(manifest, made, settings, former, folder / FOLDERS[name]),
        environment={**former.environment, **environment(device="cpu")},
    )
    memorised = None
    if {"train", "val"} <= set(made.predictions):
        memorised = measure_memorisation(
            predictions["train"],
            predictions["val"],
            None,
            0,
            resamples=settings.resamples,
            confidence=settings.confidence,
            seed=config.seed,
        )
    notes = [f"Measured on the form that is served, {name}, and not on the float weights that were trained."]
    if former.robustness is not None:
        notes.append(f"Robustness was measured on the float weights alone and is left out for {name}.")
    evidence = replace(
        evidence,
        memorisation=memorised,
        ood=former.ood if made.stage is None else measure_stage(made.stage, config, settings, test, made.sets),
        notes=(*notes, *taken_back(config, test, answerer.probabilities(test)), *evidence.notes),
    )
    return evidence, test


def _whole(record: RunRecord, manifest: Manifest, found: dict[str, Predictions]) -> dict[str, Predictions]:
    """Predictions of every split: the form's own, and the run's where the form was not asked."""
    return {
        split: found[split] if split in found else Predictions.load(record.file(f"predictions/{split}.parquet"))
        for split in manifest.labelled.splits
    }


def _cost(manifest: Manifest, made: Made, settings: EvaluationSettings, former: Evidence, folder: Path) -> Cost:
    """What an answer costs, as served."""
    assert made.answerer is not None
    runs = settings.latency_runs
    times = time_answers(
        made.answerer.answer,
        manifest.only("test").paths[:100],
        runs=runs,
        warmup=settings.latency_warmup if runs else 0,
    )
    from assay.embeddings.onnx_runtime import physical_cores

    return Cost.from_times(
        parameters=former.cost.parameters if former.cost else 0,
        size_mb=sum(file.stat().st_size for file in folder.iterdir()) / 1e6,
        times_ms=times,
        device=f"cpu, {physical_cores()} threads, onnxruntime",
    )
