"""Robustness: what is left of a model when the same test pictures are blurred, compressed, covered, turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.errors import DataError
from assay.evaluation.bootstrap import bootstrap
from assay.evaluation.intervals import bias_corrected_interval, percentile_interval
from assay.evaluation.measure import Units, in_order
from assay.evaluation.metrics import Sample
from assay.evaluation.metrics.calibration_error import CalibrationError
from assay.evaluation.metrics.confusion import ConfusionMetrics
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.share import share
from assay.measurement import Measurement
from assay.postprocess.calibration import Calibrator
from assay.postprocess.reject import RejectRule
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions

Draws = dict[str, Float64Array]


@dataclass(frozen=True)
class Level:
    """The test images under one corruption at one severity, or as they are.

    Attributes:
        corruption: "jpeg", "noise", …; "" for the images as they are.
        severity: 1, 2 or 3; 0 for the images as they are.
        described: what was done, in a few words.
        macro_f1: on calibrated probabilities.
        accuracy: likewise.
        ece: likewise, over bins of equal width.
        reject_rate: share of the answers that the run's reject rule withholds; None without a rule.
    """

    corruption: str
    severity: int
    described: str
    macro_f1: Measurement
    accuracy: Measurement
    ece: Measurement
    reject_rate: Measurement | None = None


@dataclass(frozen=True)
class Score:
    """One corruption over its severities.

    Attributes:
        corruption: its name.
        macro_f1: mean over the severities.
        relative: that mean divided by the macro-F1 of the images as they are.
        lost: the macro-F1 of the images as they are minus that mean; both on the same resamples.
    """

    corruption: str
    macro_f1: Measurement
    relative: Measurement
    lost: Measurement


@dataclass(frozen=True)
class RobustnessEvidence:
    """What corruptions do to a model.

    Attributes:
        n: images behind every number; always the same ones.
        clean: the images as they are.
        levels: one for each corruption and severity, in the order in which they were asked for.
        scores: one for each corruption.
        relative: mean of the relative scores.
        notes: sentences that a reader should see.
    """

    n: int
    clean: Level
    levels: tuple[Level, ...]
    scores: tuple[Score, ...]
    relative: Measurement
    notes: tuple[str, ...] = ()

    def of(self, corruption: str) -> tuple[Level, ...]:
        """The levels of one corruption."""
        return tuple(level for level in self.levels if level.corruption == corruption)

    def measured(self) -> dict[str, Measurement | float | None]:
        """The main numbers by their logged names; macro-F1 is the mean over the severities, without its interval."""
        named = {f"robust/{score.corruption}/macro_f1": score.macro_f1.value for score in self.scores}
        return {**named, "robust/relative": self.relative}


@dataclass(frozen=True)
class _Method:
    """How intervals are made."""

    units: Units
    resamples: int
    seed: int
    confidence: float

    def draws(self, sample: Sample) -> Draws:
        """Metrics on resamples, which are the same images for every sample of as many units."""
        if not self.resamples or self.units.count < 2:
            return {}
        families = [ConfusionMetrics(sample), CalibrationError(sample)]
        return bootstrap(
            families, n=sample.n, unit_of_image=self.units.of_image, resamples=self.resamples, seed=self.seed
        )

    def measurement(self, value: float, drawn: Float64Array | None, n: int, *, biased: bool = False) -> Measurement:
        if not np.isfinite(value):
            return Measurement(None, None, None, n, "undefined")
        if drawn is None:
            return Measurement(float(value), None, None, n, "no interval: not resampled")
        if biased:
            interval = bias_corrected_interval(drawn, float(value), confidence=self.confidence)
        else:
            interval = percentile_interval(drawn, confidence=self.confidence)
        if interval is None:
            return Measurement(float(value), None, None, n, "no interval: undefined in most resamples")
        kind = "bias-corrected" if biased else "percentile"
        how = f"{kind} bootstrap over {self.units.word}, {self.resamples} resamples"
        return Measurement(float(value), *interval, n, how)


def measure_robustness(
    clean: Predictions,
    corrupted: Mapping[tuple[str, int], Predictions],
    calibrator: Calibrator,
    *,
    reject: RejectRule | None = None,
    described: Mapping[tuple[str, int], str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> RobustnessEvidence:
    """How much of macro-F1, accuracy, calibration and answers is left under each corruption.

    Every resample draws the same images for all corruptions, so ratios and differences are paired.

    Args:
        clean: of the images as they are, before calibration.
        corrupted: by name and severity, of the same images.
        calibrator: fitted on clean images of another split, as the run uses it.
        reject: fitted likewise; None leaves the reject rate out.
        described: by name and severity, what was done.
        resamples: bootstrap resamples; 0 gives values without intervals.
        seed: of the bootstrap.
        confidence: level of the intervals.

    Raises:
        DataError: there are no corrupted predictions, or they are not of the same images.

    Source: Hendrycks and Dietterich (2019), with macro-F1 in place of error rates, and this model's own clean score in
    place of a reference network.
    """
    if not corrupted:
        raise DataError("there are no predictions under corruption to measure robustness on")
    clean = in_order(clean)
    method = _Method(Units.of(clean.groups), resamples, seed, confidence)
    descriptions = described or {}
    base, base_draws = _level("", 0, "as they are", clean, calibrator, reject, method)
    levels: list[Level] = []
    draws: dict[str, list[Float64Array]] = {}
    for (name, severity), predictions in corrupted.items():
        predictions = in_order(predictions)
        if predictions.ids.tolist() != clean.ids.tolist() or predictions.class_names != clean.class_names:
            raise DataError(
                f"predictions under {name}, severity {severity}, are not of the images they are held against"
            )
        what = descriptions.get((name, severity), f"severity {severity}")
        level, drawn = _level(name, severity, what, predictions, calibrator, reject, method)
        levels.append(level)
        draws.setdefault(name, []).append(drawn.get("macro_f1", np.empty(0)))
    means = {name: np.mean(rows, axis=0) for name, rows in draws.items()} if base_draws else {}
    scores = tuple(_score(name, levels, base, means.get(name), base_draws.get("macro_f1"), method) for name in draws)
    return RobustnessEvidence(
        n=len(clean),
        clean=base,
        levels=tuple(levels),
        scores=scores,
        relative=_overall(scores, means, base_draws, method, len(clean)),
        notes=_notes(scores, means, confidence),
    )


def _level(
    name: str,
    severity: int,
    described: str,
    predictions: Predictions,
    calibrator: Calibrator,
    reject: RejectRule | None,
    method: _Method,
) -> tuple[Level, Draws]:
    sample = Sample.of(calibrator.applied(predictions))
    draws = method.draws(sample)
    values = {**ConfusionMetrics(sample).exact(), **CalibrationError(sample).exact()}
    measurements = {
        metric: method.measurement(values[metric], draws.get(metric), sample.n, biased=metric == "ece")
        for metric in ("macro_f1", "accuracy", "ece")
    }
    withheld = None
    if reject is not None:
        rejected = reject.rejects(sample.probabilities, softmax(predictions.logits))
        withheld = share(rejected, None, method.units, confidence=method.confidence)
    return Level(name, severity, described, **measurements, reject_rate=withheld), draws


def _score(
    name: str,
    levels: Sequence[Level],
    base: Level,
    mean_draws: Float64Array | None,
    base_draws: Float64Array | None,
    method: _Method,
) -> Score:
    mean = _mean([level.macro_f1.value for level in levels if level.corruption == name])
    clean = np.nan if base.macro_f1.value is None else base.macro_f1.value
    n = base.macro_f1.n
    ratio, lost = None, None
    if mean_draws is not None and base_draws is not None:
        ratio, lost = _divided(mean_draws, base_draws), base_draws - mean_draws
    return Score(
        corruption=name,
        macro_f1=method.measurement(mean, mean_draws, n),
        relative=method.measurement(mean / clean if clean else np.nan, ratio, n),
        lost=method.measurement(clean - mean, lost, n),
    )


def _overall(
    scores: Sequence[Score], means: Mapping[str, Float64Array], base_draws: Draws, method: _Method, n: int
) -> Measurement:
    value = _mean([score.relative.value for score in scores])
    drawn = _divided(np.mean(list(means.values()), axis=0), base_draws["macro_f1"]) if means else None
    return method.measurement(value, drawn, n)


def _mean(values: Sequence[float | None]) -> float:
    return float(np.mean([np.nan if value is None else value for value in values]))


def _divided(above: Float64Array, below: Float64Array) -> Float64Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _notes(scores: Sequence[Score], means: Mapping[str, Float64Array], confidence: float) -> tuple[str, ...]:
    """Which corruption hurts most, and which ones hurt at all, as far as the intervals can say."""
    known = [score for score in scores if score.relative.value is not None]
    if not known:
        return ("The model has a macro-F1 of zero on the images as they are: robustness is undefined.",)
    ordered = sorted(known, key=lambda score: score.relative.value or 0.0)
    worst, rest = ordered[0], ordered[1:]
    message = f"{in_words(worst.corruption)} hurts most: {worst.relative.value:.0%} of the macro-F1 is left"
    if not rest:
        return (f"{message}.",)
    rivals = [score for score in rest if not _below(means, worst, score, 1 - (1 - confidence) / len(rest))]
    if rivals:
        named = ", ".join(in_words(score.corruption, capital=False) for score in rivals[:4])
        more = f" and {len(rivals) - 4} more" if len(rivals) > 4 else ""
        notes = [f"{message}, not significantly less than under {named}{more}."]
    else:
        notes = [f"{message}, significantly less than under any other corruption."]
    harmless = [score for score in scores if score.lost.low is not None and score.lost.low <= 0]
    if harmless:
        named = ", ".join(in_words(score.corruption, capital=False) for score in harmless)
        notes.append(f"No significant loss under {named}.")
    return tuple(notes)


def _below(means: Mapping[str, Float64Array], low: Score, high: Score, confidence: float) -> bool:
    """Whether one corruption leaves less than another, on the same resamples."""
    if not means:
        return False
    interval = percentile_interval(means[high.corruption] - means[low.corruption], confidence=confidence)
    return interval is not None and interval[0] > 0


def in_words(name: str, *, capital: bool = True) -> str:
    """A corruption's name as it stands in a sentence, at its beginning or inside it."""
    words = "JPEG" if name == "jpeg" else name.replace("_", " ")
    words = words.replace("gaussian", "Gaussian")
    return words[:1].upper() + words[1:] if capital else words
