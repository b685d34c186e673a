"""Evidence put together: every part of it, the same for the network that was trained and for any form of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from omegaconf import DictConfig

from assay.config.targets import build
from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.evaluation.cost import Cost
from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.evaluation.generator_evidence import GeneratorEvidence
from assay.evaluation.memorisation import measure_memorisation
from assay.evaluation.settings import EvaluationSettings
from assay.postprocess.conformal import CONFORMAL
from assay.postprocess.softmax import softmax
from assay.predictions import IntArray, Predictions
from assay.predictor.answerer import Answerer
from assay.predictor.split_predictor import SplitPredictor
from assay.run.delivery import delivery
from assay.run.generators import generators
from assay.run.ood import OodStage, measure_stage
from assay.run.robustness import robustness, trained_on
from assay.run.undone_corrections import undone_corrections


@dataclass(frozen=True)
class Predicted:
    """What a model has predicted, before calibration, and how it was trained.

    Attributes:
        splits: predictions of train, val, calib and test.
        ood_sets: predictions of each OOD set.
        stage: the OOD rule that was fitted on them; None for `ood=none`.
        draws: [N], how often each training image was drawn; None when nothing knows it.
        epochs: how many were trained.
    """

    splits: dict[str, Predictions]
    ood_sets: dict[str, Predictions]
    stage: OodStage | None
    draws: IntArray | None = None
    epochs: int = 0


def measure_predictions(config: DictConfig, manifest: Manifest, answerer: Answerer, predicted: Predicted) -> Evidence:
    """What predictions alone say on `test`: metrics, calibration, sets, memorised images and the OOD panel.

    Args:
        config: composed and checked.
        manifest: all splits.
        answerer: with calibrator and reject rule, fitted.
        predicted: what it said about the images as they are.
    """
    settings: EvaluationSettings = build(config.evaluation)
    calib, test = predicted.splits["calib"], predicted.splits["test"]
    chance = {"resamples": settings.resamples, "confidence": settings.confidence, "seed": config.seed}
    with ThreadPoolExecutor(max_workers=1) as beside:
        ood = beside.submit(measure_stage, predicted.stage, config, settings, test, predicted.ood_sets)
        evidence = evaluate(
            predicted.splits,
            answerer.calibrator,
            reject=answerer.reject,
            conformal=[kind(level=settings.conformal_level).fit(calib) for kind in CONFORMAL.classes().values()],
            **chance,
        )
        photographs, draws = without_helpers(predicted.splits["train"], manifest, predicted.draws)
        memorised = measure_memorisation(photographs, predicted.splits["val"], draws, predicted.epochs, **chance)
        return replace(evidence, memorisation=memorised, ood=ood.result(), notes=(*evidence.notes, *memorised.notes))


def assemble_evidence(
    config: DictConfig,
    manifest: Manifest,
    predictor: SplitPredictor,
    predicted: Predicted,
    measured: Evidence,
    *,
    cost: Cost,
    environment: dict[str, str],
    notes: tuple[str, ...] = (),
    folder: Path | None = None,
) -> Evidence:
    """Whatever the config asks for: what predictions said, and what it takes to ask the model once more.

    Args:
        config: composed and checked.
        manifest: all splits.
        predictor: fitted; asked about the test images once more, after something was done to them.
        predicted: what it said about the images as they are.
        measured: what `measure_predictions` gives.
        cost: of an answer.
        environment: versions and hardware, as text.
        notes: sentences that come before those of the evidence.
        folder: takes the predictions that are made here; None keeps none.
    """
    settings: EvaluationSettings = build(config.evaluation)
    test = predicted.splits["test"]
    robust = robustness(
        settings, predictor, manifest.only("test"), test, folder, seed=config.seed, trained_on=trained_on(config)
    )
    generated = generators(config, settings, predictor, manifest, predicted.splits, folder)
    delivered = delivery(settings, predictor, manifest, predicted.splits, folder, seed=config.seed)
    undone = undone_corrections(config, test, softmax(predictor.calibrator.applied(test).logits))
    return replace(
        measured,
        robustness=robust,
        generators=generated,
        delivery=delivered,
        cost=cost,
        environment=environment,
        notes=(*_file_notes(generated), *notes, *undone, *measured.notes),
    )


def without_helpers(
    predicted: Predictions, manifest: Manifest, draws: IntArray | None = None
) -> tuple[Predictions, IntArray | None]:
    """Predictions and draws of the training images without those that were generated to help.

    What is in the domain, and what was memorised, is asked about photographs; a network that tells generated images
    apart at once would answer for all of a class.
    """
    helpers = generated_helpers(manifest)[(manifest.table["split"] == "train").to_numpy()]
    if not helpers.any():
        return predicted, draws
    return predicted.rows(~helpers), None if draws is None else draws[~helpers]


def _file_notes(generated: GeneratorEvidence | None) -> tuple[str, ...]:
    """What has to stand before all else: that the files give the classes away."""
    alarmed = generated is not None and generated.files is not None and generated.files.alarm
    return (generated.files.sentence,) if alarmed else ()  # type: ignore[union-attr]
