"""Memorisation: what a class gains from having been trained on, and how often its images were drawn for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.errors import DataError
from assay.evaluation.bootstrap import bootstrap
from assay.evaluation.intervals import difference_interval, percentile_interval
from assay.evaluation.measure import Units
from assay.evaluation.metrics.confusion import ConfusionMetrics
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.metrics.sample import Sample
from assay.evaluation.share import share
from assay.measurement import Measurement
from assay.predictions import IntArray, Predictions

MARGIN = 0.1
MOST_NOTES = 5
UNDEFINED = "undefined"


@dataclass(frozen=True)
class ClassMemorisation:
    """One class, on the images that it was trained on and on others.

    Attributes:
        name: the class.
        images: training images of it.
        train_recall: share of them that is found.
        val_recall: share of the class's val images that is found; undefined without any.
        recall_gap: train minus val.
        train_f1: F1 on the training images.
        val_f1: F1 on the val images; undefined without any of the class.
        f1_gap: train minus val.
        draws_mean: draws of one of its images in an epoch, on average over images and epochs; None when unknown.
        draws_min: the same of the image that was drawn least.
        draws_max: the same of the image that was drawn most.
        memorised: whether the whole interval of the recall gap lies above 0.1.
    """

    name: str
    images: int
    train_recall: Measurement
    val_recall: Measurement
    recall_gap: Measurement
    train_f1: float | None
    val_f1: float | None
    f1_gap: Measurement
    draws_mean: float | None
    draws_min: float | None
    draws_max: float | None
    memorised: bool


@dataclass(frozen=True)
class MemorisationEvidence:
    """How far each class was learned by heart.

    The best epoch was chosen on val, so gaps are rather too small than too large.

    Attributes:
        epochs: that were trained, over all stages.
        classes: one row per class, in their order.
        notes: sentences about classes that were learned by heart.
    """

    epochs: int
    classes: tuple[ClassMemorisation, ...]
    notes: tuple[str, ...] = ()

    def measured(self) -> dict[str, float | None]:
        """The main numbers by their logged names."""
        gaps = [row.recall_gap.value for row in self.classes if row.recall_gap.value is not None]
        draws = [row.draws_max for row in self.classes if row.draws_max is not None]
        return {
            "memorisation/largest_recall_gap": max(gaps, default=None),
            "memorisation/most_draws_per_epoch": max(draws, default=None),
        }


def measure_memorisation(
    train: Predictions,
    val: Predictions,
    draws: IntArray | None,
    epochs: int,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> MemorisationEvidence:
    """Compare each class on the images that were trained on with others.

    Recalls have Wilson's interval and their gap Newcombe's, which is made of both; gaps of F1 have a percentile
    interval of two independent bootstraps.

    Args:
        train: predictions for the training images, before calibration.
        val: predictions for the val images.
        draws: [N] int, how often each image of `train` was drawn over all epochs; None when that is not known.
        epochs: how many there were.
        resamples: bootstrap resamples; 0 gives gaps of F1 without intervals.
        confidence: level of the intervals.
        seed: of the bootstrap.

    Raises:
        DataError: there are not as many draws as training images, or logits are calibrated.
    """
    if draws is not None and len(draws) != len(train):
        raise DataError(f"{len(train)} training images, but {len(draws)} numbers of draws")
    units = [Units.of(split.groups) for split in (train, val)]
    samples = [Sample.of(split.require_raw("memorisation")) for split in (train, val)]
    f1 = [np.asarray(ConfusionMetrics(sample).exact()["f1"]) for sample in samples]
    drawn = [
        _resampled_f1(*pair, resamples, seed + offset) for offset, pair in enumerate(zip(samples, units, strict=True))
    ]
    rows = []
    for label, name in enumerate(train.class_names):
        members = [sample.labels == label for sample in samples]
        recalls = [
            share(sample.correct, own, its_units, confidence=confidence)
            for sample, own, its_units in zip(samples, members, units, strict=True)
        ]
        trials = [
            int(its_units.per_class(sample.labels, sample.classes)[label])
            for sample, its_units in zip(samples, units, strict=True)
        ]
        gap = _recall_gap(recalls, trials, units[1].word, confidence)
        rows.append(
            ClassMemorisation(
                name=name,
                images=int(members[0].sum()),
                train_recall=recalls[0],
                val_recall=recalls[1],
                recall_gap=gap,
                train_f1=_defined(f1[0][label]),
                val_f1=_defined(f1[1][label]),
                f1_gap=_f1_gap([values[label] for values in f1], drawn, label, int(members[1].sum()), confidence),
                **_draws_per_epoch(draws, members[0], epochs),
                memorised=gap.low is not None and gap.low > MARGIN,
            )
        )
    return MemorisationEvidence(epochs, tuple(rows), _notes(rows))


def _resampled_f1(sample: Sample, units: Units, resamples: int, seed: int) -> Float64Array | None:
    if not resamples or units.count < 2:
        return None
    families = [ConfusionMetrics(sample)]
    return bootstrap(families, n=sample.n, unit_of_image=units.of_image, resamples=resamples, seed=seed)["f1"]


def _recall_gap(recalls: list[Measurement], trials: list[int], word: str, confidence: float) -> Measurement:
    train, val = recalls
    if train.value is None or val.value is None:
        return Measurement(None, None, None, val.n, UNDEFINED)
    hits = train.value * trials[0], val.value * trials[1]
    low, high = difference_interval(hits[0], trials[0], hits[1], trials[1], confidence=confidence)
    return Measurement(train.value - val.value, low, high, val.n, f"Newcombe over {word}")


def _f1_gap(
    values: list[float], drawn: list[Float64Array | None], label: int, n: int, confidence: float
) -> Measurement:
    gap = float(values[0] - values[1])
    if not np.isfinite(gap):
        return Measurement(None, None, None, n, UNDEFINED)
    train, val = drawn
    if train is None or val is None:
        return Measurement(gap, None, None, n, "no interval: not resampled")
    interval = percentile_interval(train[label] - val[label], confidence=confidence)
    if interval is None:
        return Measurement(gap, None, None, n, "no interval: undefined in most resamples")
    return Measurement(gap, *interval, n, f"percentile bootstrap, {train.shape[1]} resamples")


def _draws_per_epoch(draws: IntArray | None, members: Any, epochs: int) -> dict[str, float | None]:
    if draws is None or not epochs or not members.any():
        return dict.fromkeys(("draws_mean", "draws_min", "draws_max"))
    own = draws[members] / epochs
    return {"draws_mean": float(own.mean()), "draws_min": float(own.min()), "draws_max": float(own.max())}


def _defined(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _notes(rows: list[ClassMemorisation]) -> tuple[str, ...]:
    sure = sorted((row for row in rows if row.memorised), key=lambda row: -(row.recall_gap.low or 0))
    notes = [_in_words(row) for row in sure[:MOST_NOTES]]
    if len(sure) > MOST_NOTES:
        notes.append(f"So are {len(sure) - MOST_NOTES} more classes.")
    unsure = [row.name for row in rows if not row.memorised and (row.recall_gap.value or 0) > MARGIN]
    if unsure:
        more = f" and {len(unsure) - MOST_NOTES} more" if len(unsure) > MOST_NOTES else ""
        notes.append(
            f"Memorisation of {', '.join(unsure[:MOST_NOTES])}{more} is inconclusive: "
            "the generalisation gap is large, but so is its interval."
        )
    return tuple(notes)


def _in_words(row: ClassMemorisation) -> str:
    often = ""
    if row.draws_mean is not None and row.draws_mean >= 1.5:
        often = f"; each was drawn {row.draws_mean:.1f} times per epoch"
    return (
        f"{row.name} is partly memorised (learned by heart): recall is {row.train_recall.value:.0%} on its "
        f"{row.images} training images and {row.val_recall.value:.0%} on {row.recall_gap.n} others, at least "
        f"{row.recall_gap.low:.0%} less{often}."
    )
