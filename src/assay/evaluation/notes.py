"""Notes: the sentences that a reader has to know before believing the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assay.evaluation.intervals import wilson_interval
from assay.evaluation.measure import Measured, Units
from assay.evaluation.metrics import Sample
from assay.predictions import Predictions

# At 10 images the 95 % interval of a recall is still 0.23 to either side.
FEW_IMAGES = 10
FEW_UNITS = 30


def notes(
    predictions: Mapping[str, Predictions],
    split: str,
    sample: Sample,
    units: Units,
    measured: Measured,
    *,
    confidence: float,
) -> tuple[str, ...]:
    """What a reader has to know about the numbers of this split, most general first."""
    sentences = _about_images(predictions, split, units)
    sentences += _about_classes(predictions[split].class_names, split, sample)
    sentences += _about_undefined(split, sample, measured)
    sentences += _about_certainty(split, sample, units, confidence)
    return tuple(sentences)


def _about_images(predictions: Mapping[str, Predictions], split: str, units: Units) -> list[str]:
    n = len(predictions[split])
    sentences = []
    if units.count == 1:
        sentences.append(
            f"All {n} {split} images form one unit: there are no intervals."
            if n > 1
            else f"There is one {split} image: no number is reliable and there are no intervals."
        )
    elif units.count < FEW_UNITS:
        sentences.append(
            f"There are only {units.count} {split} {units.word}: bootstrap intervals are narrower than they claim."
        )
    if units.of_image is not None:
        sentences.append(
            f"The {n} {split} images form {units.count} groups, which are resampled as a whole. "
            "Consistency bands take images as independent and are too narrow here."
        )
    own = set(predictions[split].ids.tolist())
    for other, prediction in predictions.items():
        shared = 0 if other == split else len(own.intersection(prediction.ids.tolist()))
        if shared:
            sentences.append(f"{shared} of the {n} {split} images are also in {other}: the numbers are too good.")
    if "train" not in predictions:
        sentences.append("There are no predictions for train: the generalisation gap (train against val) is unknown.")
    return sentences


def _about_classes(names: Sequence[str], split: str, sample: Sample) -> list[str]:
    support = np.bincount(sample.labels, minlength=len(names))
    absent = [name for name, images in zip(names, support, strict=True) if images == 0]
    few = [(name, int(images)) for name, images in zip(names, support, strict=True) if 0 < images <= FEW_IMAGES]
    sentences = []
    if absent:
        sentences.append(
            f"{_listed(absent)} {_have(absent)} no {split} images: recall and F1 of {_it(absent)} are undefined, and "
            f"averages over classes go over the other {len(names) - len(absent)}."
        )
    if len(few) > 5:
        shown = [f"{name!r} ({images})" for name, images in few[:5]]
        sentences.append(
            f"{len(few)} classes have {FEW_IMAGES} or fewer {split} images, among them {', '.join(shown)}: "
            "too few for reliable precision, recall and F1."
        )
    else:
        sentences += [
            f"Class {name!r} has {images} {split} {'image' if images == 1 else 'images'}: "
            "too few for reliable precision, recall and F1."
            for name, images in few
        ]
    never = [
        name
        for name, images in zip(names, np.bincount(sample.predicted, minlength=len(names)), strict=True)
        if images == 0
    ]
    if never:
        sentences.append(
            f"{_listed(never)} {'was' if len(never) == 1 else 'were'} never predicted: precision is undefined."
        )
    if len(names) == 2 and not absent:
        sentences.append(f"ROC-AUC and PR-AUC are those of the class {names[1]!r}.")
    return sentences


def _about_undefined(split: str, sample: Sample, measured: Measured) -> list[str]:
    sentences = []
    lost = int(np.isinf(sample.log_probabilities[np.arange(sample.n), sample.labels]).sum())
    if lost:
        sentences.append(
            f"{lost} {split} {'image gives its' if lost == 1 else 'images give their'} true class probability zero "
            "(an infinite logit): the NLL is infinite and therefore not stated."
        )
    if measured.metrics["roc_auc"].value is None:
        sentences.append(f"All {split} images are of one class: ROC-AUC and PR-AUC are undefined.")
    if "quadratic_kappa" in measured.metrics and measured.metrics["quadratic_kappa"].value is None:
        sentences.append(f"All {split} images are of one grade and were predicted as it: quadratic kappa is undefined.")
    bare = [name for name, metric in measured.metrics.items() if metric.value is not None and metric.low is None]
    if bare and len(bare) < len(measured.metrics):
        reasons = {measured.metrics[name].method.removeprefix("no interval: ") for name in bare}
        sentences.append(f"There is no interval for {', '.join(bare)}: {'; '.join(sorted(reasons))}.")
    for name, share in measured.undefined.items():
        sentences.append(f"{share:.1%} of the resamples leave {name} undefined; its interval comes from the others.")
    return sentences


def _about_certainty(split: str, sample: Sample, units: Units, confidence: float) -> list[str]:
    hits = int(sample.correct.sum())
    if units.count < 2 or 0 < hits < sample.n:
        return []
    interval = wilson_interval(units.count if hits else 0, units.count, confidence=confidence)
    assert interval is not None
    which = "right" if hits else "wrong"
    bound = f"at least {interval[0]:.3f}" if hits else f"at most {interval[1]:.3f}"
    return [
        f"All {sample.n} {split} images are {which}: resampling cannot show how uncertain that is. "
        f"By Wilson's interval the accuracy is {bound}."
    ]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    if len(names) == 1:
        return f"Class {shown}"
    return f"Classes {shown}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _have(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
