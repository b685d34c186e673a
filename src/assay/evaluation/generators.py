"""GeneratorEvidence: how well generated pictures are told from real ones, generator by generator, however handled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.file_probe import FileProbe
from assay.evaluation.intervals import percentile_interval
from assay.evaluation.measure import Units
from assay.evaluation.measurement import Measurement
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.separation import OUTSIDE, WIDTH, separations
from assay.evaluation.share import share
from assay.postprocess.calibration.false_alarms import threshold_of
from assay.predictions import IntArray, Predictions, StrArray

FPR = 0.01
ENOUGH_REAL = 300
CLEAN = "as they are"


@dataclass(frozen=True)
class Told:
    """How well the pictures of one generator are told from the real ones.

    Attributes:
        generator: its name.
        seen: whether the run was trained on other pictures of it.
        n: its pictures.
        auroc: chance that one of them scores above a real one.
        accuracy: mean of the shares of both sides that are right, at the threshold that was best on clean calib images.
        accuracy_real: the same at the threshold from real calib images alone.
        tpr: share of them found where 1 % of the real test images are called generated.
    """

    generator: str
    seen: bool
    n: int
    auroc: Measurement
    accuracy: Measurement
    accuracy_real: Measurement
    tpr: Measurement


@dataclass(frozen=True)
class Condition:
    """All generators under one handling of both sides.

    Attributes:
        kind: "", "jpeg", "resize", "blur" or "formats"; "" for the images as they are.
        described: what was done.
        false_alarms: share of the real images above the threshold of clean calib.
        false_alarms_real: share of them above the threshold of real calib images alone.
        generators: one each.
    """

    kind: str
    described: str
    false_alarms: Measurement
    false_alarms_real: Measurement
    generators: tuple[Told, ...]


@dataclass(frozen=True)
class GeneratorEvidence:
    """Real against generated.

    Attributes:
        real: test images that are real.
        rate: share of false alarms that the threshold of real images alone was set for.
        thresholds: on the logit of generated minus real: best on clean calib, and of real calib images alone.
        conditions: the images as they are first, then each handling.
        files: what the files say without their pixels; None where it was not measured.
        notes: sentences that a reader has to know.
    """

    real: int
    rate: float
    thresholds: tuple[float, float]
    conditions: tuple[Condition, ...]
    files: FileProbe | None = None
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> Condition:
        """The images as they are."""
        return self.conditions[0]

    def flat(self) -> dict[str, float | None]:
        """The main numbers by their logged names, on the images as they are; and what files alone reach."""
        named: dict[str, float | None] = {}
        for told in self.clean.generators:
            for name in ("auroc", "accuracy", "accuracy_real", "tpr"):
                named[f"generators/{told.generator}/{name}"] = getattr(told, name).value
        return named | ({} if self.files is None else {"generators/files_auroc": self.files.auroc.value})


@dataclass(frozen=True)
class _Method:
    resamples: int
    seed: int
    confidence: float


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
        calib: clean, two classes, for the thresholds.
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
    method = _Method(resamples, seed, confidence)
    conditions = []
    for (kind, described), those in tests.items():
        if those.ids.tolist() != clean.ids.tolist():
            raise DataError(f"predictions for {described} are not of the images they are held against")
        scores = _margins(those, positive)
        conditions.append(_condition(kind, described, scores, those.groups, of_image, thresholds, set(seen), method))
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


def best_threshold(real: Float64Array, made: Float64Array) -> float:
    """The threshold with the highest mean of both sides' shares that are right; the middle of the best ones."""
    values = np.unique(np.r_[real, made])
    cuts = np.r_[values[0] - 1, (values[1:] + values[:-1]) / 2, values[-1] + 1]
    below = np.searchsorted(np.sort(real), cuts, side="right") / len(real)
    above = 1 - np.searchsorted(np.sort(made), cuts, side="right") / len(made)
    best = np.flatnonzero(below + above >= (below + above).max() - 1e-12)
    return float((cuts[best[0]] + cuts[best[-1]]) / 2) if np.ptp(best) == len(best) - 1 else float(cuts[best[0]])


def _margins(predictions: Predictions, positive: int) -> Float64Array:
    logits = np.asarray(predictions.logits, dtype=np.float64)
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
    method: _Method,
) -> Condition:
    real = of_image == ""
    units = Units.of(groups[real])
    alarms = [share(scores[real] > cut, None, units, confidence=method.confidence) for cut in thresholds]
    told = []
    for name in sorted(set(of_image.tolist()) - {""}):
        own = of_image == name
        found = separations(
            {"score": scores[real]},
            {"score": scores[own]},
            inside_groups=groups[real],
            outside_groups=groups[own],
            resamples=method.resamples,
            seed=method.seed,
            confidence=method.confidence,
        )["score"]
        rest = _at_thresholds(scores[real], scores[own], groups[real], groups[own], thresholds, method)
        told.append(Told(name, name in seen, int(own.sum()), found.auroc, *rest))
    return Condition(kind, described, alarms[0], alarms[1], tuple(told))


def _at_thresholds(
    real: Float64Array,
    made: Float64Array,
    real_groups: StrArray,
    made_groups: StrArray,
    thresholds: tuple[float, float],
    method: _Method,
) -> list[Measurement]:
    """Accuracy at both thresholds, and the true positive rate at 1 % false positives, with bootstrap intervals."""
    sides = []
    for scores, groups in ((real, real_groups), (made, made_groups)):
        order = np.argsort(scores, kind="stable")
        names, of_row = np.unique(groups, return_inverse=True)
        sides.append((scores[order], of_row[order], len(names)))
    whole = [np.ones((len(scores), 1), dtype=np.float32) for scores, _, _ in sides]
    values = _shares(sides[0][0], sides[1][0], whole[0], whole[1], thresholds)[:, 0]
    drawn = None
    if method.resamples and min(count for _, _, count in sides) > 1:
        pieces = []
        for start in range(0, method.resamples, WIDTH):
            numbers = range(start, min(start + WIDTH, method.resamples))
            weights = [
                resample_weights(count, numbers, method.seed + place * OUTSIDE)[of_row]
                for place, (_, of_row, count) in enumerate(sides)
            ]
            pieces.append(_shares(sides[0][0], sides[1][0], weights[0], weights[1], thresholds))
        drawn = np.concatenate(pieces, axis=1)
    n = len(real) + len(made)
    found = []
    for row, value in enumerate(values.tolist()):
        interval = None if drawn is None else percentile_interval(drawn[row], confidence=method.confidence)
        how = "no interval: not resampled"
        if interval is not None:
            how = f"percentile bootstrap over both sides, {method.resamples} resamples"
        low, high = interval if interval is not None else (None, None)
        found.append(Measurement(value, low, high, n, how))
    return found


def _shares(
    real: Float64Array,
    made: Float64Array,
    real_weights: NDArray[np.float32],
    made_weights: NDArray[np.float32],
    thresholds: tuple[float, float],
) -> Float64Array:
    """[3, R]: both accuracies and the TPR at 1 % FPR, of sorted scores with weights [N, R]."""
    below_real = np.vstack([np.zeros(real_weights.shape[1]), np.cumsum(real_weights, axis=0, dtype=np.float64)])
    below_made = np.vstack([np.zeros(made_weights.shape[1]), np.cumsum(made_weights, axis=0, dtype=np.float64)])
    below_real, below_made = below_real / below_real[-1], below_made / below_made[-1]
    rows = []
    for cut in thresholds:
        right = below_real[np.searchsorted(real, cut, side="right")]
        wrong = below_made[np.searchsorted(made, cut, side="right")]
        rows.append((right + 1 - wrong) / 2)
    # The lowest real score with no more than 1 % of the real ones above it.
    place = (below_real[1:] >= 1 - FPR - 1e-9).argmax(axis=0)
    cuts = np.searchsorted(made, real[place], side="right")
    rows.append(1 - below_made[cuts, np.arange(below_made.shape[1])])
    return np.stack(rows)


def _notes(clean: Condition, real: int, calib: int, rate: float) -> list[str]:
    unseen = [told for told in clean.generators if not told.seen]
    notes = []
    if unseen:
        said = "; ".join(
            f"{told.generator} AUROC {told.auroc.value:.3f}, accuracy {told.accuracy.value:.2f} at the threshold of "
            f"calib and {told.accuracy_real.value:.2f} at that of real images alone"
            for told in unseen
        )
        notes.append(f"Never trained on: {said}.")
    else:
        notes.append(
            "Every generator in test was trained on: how well an unknown one is told is not known. "
            "data.holdout_generator=NAME leaves one out."
        )
    if real < ENOUGH_REAL:
        notes.append(f"TPR at 1 % FPR stands on {real} real test images; {ENOUGH_REAL} or more would make it firm.")
    if calib * rate < 5:
        notes.append(f"The threshold of real images alone stands on {calib} real calib images: too few for {rate:.0%}.")
    return notes
