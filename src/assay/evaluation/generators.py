"""Measure real against generated: every generator against the real images, under each handling of both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assay.errors import DataError
from assay.evaluation.file_probe import FileProbe
from assay.evaluation.fixed_thresholds import at_thresholds, best_threshold
from assay.evaluation.generator_evidence import Condition, GeneratorDetection, GeneratorEvidence
from assay.evaluation.measure import Units
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.resampling import Resampling
from assay.evaluation.separation import separations
from assay.evaluation.share import share
from assay.postprocess.calibration.false_alarms import threshold_of
from assay.predictions import IntArray, Predictions, StrArray

ENOUGH_REAL = 300


def measure_generators(
    calib: Predictions,
    tests: Mapping[tuple[str, str], Predictions],
    generators: Mapping[str, str],
    *,
    seen: Sequence[str],
    rate: float = 0.05,
    files: FileProbe | None = None,
    notes: Sequence[str] = (),
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> GeneratorEvidence:
    """Hold every generator of the test images against the real ones, under each condition.

    Args:
        calib: before calibration, clean, two classes, for the thresholds.
        tests: by (kind, description), the same test images in the same order; ("", …) are the clean ones, and first.
        generators: by image id, the name of its generator; "" for a real one.
        seen: generators that were trained on.
        rate: share of real calib images above the threshold that they set alone.
        files: what the files say.
        notes: to begin with.
        resamples: bootstrap resamples of each interval; 0 gives values without intervals.
        seed: of the bootstrap.
        confidence: level of the intervals.

    Raises:
        DataError: the classes are not real and generated, or calib lacks one of them.
    """
    clean = next(iter(tests.values()))
    of_image = np.array([generators[image] for image in clean.ids.tolist()])
    positive = generated_label(clean.labels, of_image)
    margins = _margins(calib, positive)
    made = calib.labels == positive
    if made.all() or not made.any():
        raise DataError("calib needs real and generated images for the threshold; give it more images")
    thresholds = (best_threshold(margins[~made], margins[made]), threshold_of(margins[~made], rate))
    how_drawn = Resampling(resamples, seed, confidence)
    conditions = []
    for (kind, described), test in tests.items():
        if test.ids.tolist() != clean.ids.tolist():
            raise DataError(f"predictions for {described} are not of the images they are held against")
        scores = _margins(test, positive)
        conditions.append(_condition(kind, described, scores, test.groups, of_image, thresholds, set(seen), how_drawn))
    return GeneratorEvidence(
        real=int((of_image == "").sum()),
        rate=rate,
        thresholds=thresholds,
        conditions=tuple(conditions),
        files=files,
        notes=(*notes, *_notes(conditions[0], int((of_image == "").sum()), int((~made).sum()), rate)),
    )


def generated_label(labels: IntArray, generators: StrArray) -> int:
    """The class of all generated images, which no real image has.

    Raises:
        DataError: there is no such class.
    """
    made = set(labels[generators != ""].tolist())
    real = set(labels[generators == ""].tolist())
    if len(made) != 1 or not real or made & real:
        raise DataError("the classes are not real and generated: a class holds both, or one of them is not in test")
    return int(made.pop())


def _margins(predictions: Predictions, positive: int) -> Float64Array:
    logits = np.asarray(predictions.require_raw("real against generated").logits, dtype=np.float64)
    if logits.shape[1] != 2:
        raise DataError(f"real against generated is a question of two classes, got {logits.shape[1]}")
    return logits[:, positive] - logits[:, 1 - positive]


def _condition(
    kind: str,
    described: str,
    scores: Float64Array,
    groups: StrArray,
    of_image: StrArray,
    thresholds: tuple[float, float],
    seen: set[str],
    how_drawn: Resampling,
) -> Condition:
    real = of_image == ""
    units = Units.of(groups[real])
    alarms = [share(scores[real] > cut, None, units, confidence=how_drawn.confidence) for cut in thresholds]
    detections = []
    for name in sorted(set(of_image.tolist()) - {""}):
        own = of_image == name
        separation = separations(
            {"score": scores[real]},
            {"score": scores[own]},
            inside_groups=groups[real],
            outside_groups=groups[own],
            resamples=how_drawn.resamples,
            seed=how_drawn.seed,
            confidence=how_drawn.confidence,
        )["score"]
        rest = at_thresholds(scores[real], scores[own], groups[real], groups[own], thresholds, how_drawn)
        detections.append(GeneratorDetection(name, name in seen, int(own.sum()), separation.auroc, *rest))
    return Condition(kind, described, alarms[0], alarms[1], tuple(detections))


def _notes(clean: Condition, real: int, calib: int, rate: float) -> list[str]:
    unseen = [generator for generator in clean.generators if not generator.seen]
    notes = []
    if unseen:
        message = "; ".join(
            f"{detection.generator} AUROC {detection.auroc.value:.3f}, balanced accuracy "
            f"{detection.accuracy.value:.2f} at the calib threshold and {detection.accuracy_real.value:.2f} at the "
            "real-only one"
            for detection in unseen
        )
        notes.append(f"Unseen in training: {message}.")
    else:
        notes.append(
            "Every generator in test was seen in training: how well an unseen one is detected is unknown. "
            "data.holdout_generator=NAME leaves one out."
        )
    if real < ENOUGH_REAL:
        notes.append(f"TPR at 1 % FPR stands on {real} real test images; {ENOUGH_REAL} or more would make it firm.")
    if calib * rate < 5:
        notes.append(f"The real-only threshold stands on {calib} real calib images: too few for a rate of {rate:.0%}.")
    return notes
