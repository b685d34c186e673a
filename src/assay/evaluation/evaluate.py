"""Evaluate: from predictions and a fitted calibrator to evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assay.errors import DataError
from assay.evaluation.conformal import measure_conformal
from assay.evaluation.cost import Cost
from assay.evaluation.evidence import CalibrationEvidence, ClassEvidence, Evidence
from assay.evaluation.measure import Measured, Units, in_order, measure, point_values
from assay.evaluation.metrics import Sample, families
from assay.evaluation.notes import notes
from assay.evaluation.reliability import reliability
from assay.evaluation.selective import measure_reject
from assay.evaluation.share import share_of_counts
from assay.postprocess.calibration import Calibrator
from assay.postprocess.conformal import Conformal
from assay.postprocess.reject import RejectRule
from assay.predictions import Predictions


def evaluate(
    predictions: Mapping[str, Predictions],
    calibrator: Calibrator,
    *,
    reject: RejectRule | None = None,
    conformal: Sequence[Conformal] = (),
    split: str = "test",
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
    cost: Cost | None = None,
    environment: Mapping[str, str] | None = None,
) -> Evidence:
    """Everything that predictions can say about a model.

    Metrics are those of the calibrated probabilities; the ones of confidence also come without calibration. No number
    depends on the order of the images.

    Args:
        predictions: before calibration, by split; the split that is measured, and any others whose point values are
            wanted.
        calibrator: fitted already, on a split that is not the measured one.
        reject: fitted likewise; None leaves its part out.
        conformal: fitted likewise.
        split: the split that is measured.
        resamples: bootstrap resamples behind each interval; 0 gives values without intervals.
        seed: of every random number.
        confidence: level of the intervals.
        cost: parameters, size and latency, where they were measured.
        environment: versions and hardware, as text.

    Raises:
        DataError: the split is missing or empty, its logits are calibrated, or the splits do not belong to one model.
    """
    _check(predictions, split)
    measured_split = in_order(predictions[split])
    names = measured_split.class_names
    before, after = Sample.of(measured_split), Sample.of(calibrator.applied(measured_split))
    units = Units.of(measured_split.groups)
    measured = measure(
        families(after, before),
        units,
        n=after.n,
        resamples=resamples,
        seed=seed,
        confidence=confidence,
        counts=np.bincount(after.labels, minlength=len(names)),
    )
    others = {
        name: calibrated_values(prediction, calibrator)
        for name, prediction in predictions.items()
        if name != split and len(prediction)
    }
    return Evidence(
        split=split,
        n=after.n,
        units=units.count,
        class_names=names,
        ordered=measured_split.ordered,
        metrics=measured.metrics,
        per_class=_per_class(names, after, units, measured, confidence),
        confusion_counts=_confusion_counts(after),
        calibration=_calibration(names, calibrator, before, after, measured, resamples, seed, confidence),
        other_splits=others,
        gap=_gap(others),
        resamples=resamples,
        confidence=confidence,
        seed=seed,
        cost=cost,
        environment=dict(environment or {}),
        reject=None if reject is None else measure_reject(reject, after, before, units, confidence=confidence),
        conformal=tuple(measure_conformal(sets, before, units, confidence=confidence) for sets in conformal),
        notes=(
            *calibrator.notes_,
            *(() if reject is None else reject.notes_),
            *dict.fromkeys(note for sets in conformal for note in sets.notes_),
            *notes(predictions, split, after, units, measured, confidence=confidence),
        ),
    )


def calibrated_values(predictions: Predictions, calibrator: Calibrator) -> dict[str, float | None]:
    """Every metric of the calibrated probabilities as one number, without intervals; None where undefined.

    Args:
        predictions: before calibration.
        calibrator: fitted already.
    """
    return point_values(families(Sample.of(calibrator.applied(predictions))))


def _check(predictions: Mapping[str, Predictions], split: str) -> None:
    if split not in predictions or len(predictions[split]) == 0:
        present = ", ".join(name for name, split_predictions in predictions.items() if len(split_predictions)) or "none"
        raise DataError(f"there are no predictions for the split {split!r}; there are: {present}")
    for name, prediction in predictions.items():
        if prediction.split != name:
            raise DataError(f"predictions handed in as {name!r} say that they are of the split {prediction.split!r}")
        if prediction.class_names != predictions[split].class_names:
            raise DataError(
                f"{name} and {split} do not have the same classes: {list(prediction.class_names)[:10]} "
                f"and {list(predictions[split].class_names)[:10]}"
            )


def _calibration(
    names: tuple[str, ...],
    calibrator: Calibrator,
    before: Sample,
    after: Sample,
    measured: Measured,
    resamples: int,
    seed: int,
    confidence: float,
) -> CalibrationEvidence:
    states = {}
    for sample, suffix in ((before, "_uncalibrated"), (after, "")):
        errors = [measured.metrics[f"{name}{suffix}"] for name in ("ece", "ece_equal_mass")]
        classes = list(zip(names, measured.per_class[f"ece_of_class{suffix}"], strict=True))
        # The band needs draws even where the intervals are left out.
        draws = resamples or 200
        states[suffix] = reliability(
            sample, *errors, classes=classes, resamples=draws, seed=seed, confidence=confidence
        )
    return CalibrationEvidence(calibrator.method, calibrator.state(), states["_uncalibrated"], states[""])


def _per_class(
    names: tuple[str, ...], sample: Sample, units: Units, measured: Measured, confidence: float
) -> tuple[ClassEvidence, ...]:
    c = len(names)
    support, predicted = (np.bincount(classes, minlength=c) for classes in (sample.labels, sample.predicted))
    hits = np.bincount(sample.labels[sample.correct], minlength=c)
    trials = [units.per_class(classes, c) for classes in (sample.predicted, sample.labels)]
    return tuple(
        ClassEvidence(
            name=name,
            support=int(support[k]),
            predicted=int(predicted[k]),
            precision=share_of_counts(int(hits[k]), int(predicted[k]), int(trials[0][k]), units, confidence=confidence),
            recall=share_of_counts(int(hits[k]), int(support[k]), int(trials[1][k]), units, confidence=confidence),
            f1=measured.per_class["f1"][k],
        )
        for k, name in enumerate(names)
    )


def _confusion_counts(sample: Sample) -> tuple[tuple[int, int, int], ...]:
    cells, images = np.unique(sample.labels * sample.classes + sample.predicted, return_counts=True)
    true, predicted = np.divmod(cells, sample.classes)
    return tuple(zip(true.tolist(), predicted.tolist(), images.tolist(), strict=True))


def _gap(others: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
    train, val = others.get("train", {}), others.get("val", {})
    pairs = {name: (train[name], val.get(name)) for name in train}
    return {name: a - b for name, (a, b) in pairs.items() if a is not None and b is not None}
