"""The evidence of a form that is served, measured anew on what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay.config.targets import build
from assay.deploy.bundle.bundle import EVIDENCE
from assay.deploy.bundle.format import FOLDERS
from assay.deploy.export.exported_form import ExportedForm
from assay.deploy.export.form_predictor import FormPredictor
from assay.evaluation.cost import Cost
from assay.evaluation.evidence import Evidence
from assay.evaluation.latency import load_per_core, time_answers
from assay.evaluation.settings import EvaluationSettings
from assay.predictions import Predictions
from assay.run.assemble import Predicted, assemble_evidence, measure_predictions
from assay.run.images import build_preprocessing
from assay.run.recorded_run import RecordedRun
from assay.tracking.environment import environment

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.tracking.read import RunRecord


def measure_again(
    record: RunRecord, manifest: Manifest, form: ExportedForm, folder: Path, name: str
) -> tuple[Evidence, Predictions]:
    """Every part of the run's evidence, by the same functions, about a form of its network.

    Where a form was asked about `test` alone, the other splits and the OOD sets are the run's own.

    Args:
        record: of the run.
        manifest: its images.
        form: which was made.
        folder: of the bundle in the making, which holds the run's evidence still.
        name: of the form.

    Returns:
        Evidence, and what the form said about the test images.
    """
    assert form.answerer is not None
    run, former = RecordedRun(record), Evidence.load(folder / EVIDENCE)
    config = run.config
    settings: EvaluationSettings = build(config.evaluation)
    predicted = Predicted(
        _whole(run, manifest, form.predictions),
        form.sets,
        form.stage,
        run.draws,
        0 if former.memorisation is None else former.memorisation.epochs,
    )
    cost = _cost(manifest, form, settings, former, folder / FOLDERS[name])
    evidence = assemble_evidence(
        config,
        manifest,
        FormPredictor(form.answerer, build_preprocessing(config, manifest)),
        predicted,
        measure_predictions(config, manifest, form.answerer, predicted),
        cost=cost,
        environment={**former.environment, **environment(device="cpu")},
        notes=(f"Measured on the form that is served, {name}, and not on the float weights that were trained.",),
    )
    return (evidence if form.stage else replace(evidence, ood=former.ood)), predicted.splits["test"]


def _whole(run: RecordedRun, manifest: Manifest, own: dict[str, Predictions]) -> dict[str, Predictions]:
    """Predictions of every split: the form's own, and the run's where the form was not asked."""
    return {split: own[split] if split in own else run.predictions(split) for split in manifest.labelled.splits}


def _cost(manifest: Manifest, form: ExportedForm, settings: EvaluationSettings, former: Evidence, folder: Path) -> Cost:
    """What an answer costs, as served."""
    assert form.answerer is not None
    runs, load = settings.latency_runs, load_per_core()
    times = time_answers(
        form.answerer.answer,
        manifest.only("test").paths[:100],
        runs=runs,
        warmup=settings.latency_warmup if runs else 0,
    )
    from assay.data.cores import physical_cores

    return Cost.from_times(
        parameters=former.cost.parameters if former.cost else 0,
        size_mb=sum(file.stat().st_size for file in folder.iterdir()) / 1e6,
        times_ms=times,
        device=f"cpu, {physical_cores()} threads, onnxruntime",
        load=load,
    )
