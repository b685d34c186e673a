"""Choosing a detector without OOD pictures: each class in turn is taken from train, and looked for in val."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from assay.errors import DataError
from assay.postprocess.ood.blocks import Float64Array
from assay.postprocess.ood.detector import Detector, LinearMap
from assay.postprocess.ood.methods import auroc
from assay.predictions import IntArray, Predictions

FEWEST_CLASSES = 3
FEWEST_IMAGES = 5
MOST_CLASSES = 10
"""That are left out; of more, so many are taken, evenly spread over the labels."""
STRENGTH = 0.03
"""Of the penalty of a classifier that is learned without a class, on standardised embeddings."""
STEPS = 200

FitDetectors = Callable[[Predictions, LinearMap], Mapping[str, Detector]]


def choose_by_classes(
    fit_detectors: FitDetectors, train: Predictions, val: Predictions
) -> tuple[str, dict[str, float], tuple[str, ...]]:
    """The detector that tells a class best that it was fitted without.

    For each class, a linear classifier and every detector are fitted on the training images of the others, and the val
    images of the class are held against the val images of the others. The classifier has to be another one than the
    run's, which knows the class: without the logit of the class, its logits would give the class away. A backbone that
    was finetuned on the class still makes the values higher than a new kind of picture would get: they are for ranking
    detectors alone.

    Args:
        fit_detectors: gives detectors by name, fitted on predictions of train with a last layer.
        train: with embeddings.
        val: with embeddings, of images that nothing is reported on.

    Returns:
        The name with the highest mean AUROC over the classes, the first of equals; the mean AUROC of each; and the
        classes that were left out.

    Raises:
        DataError: other splits, no embeddings, or fewer than three classes that have five images in val and some in
            train.
    """
    if (train.split, val.split) != ("train", "val"):
        raise DataError(f"detectors are chosen on train and val; got the splits {train.split!r} and {val.split!r}")
    if train.embeddings is None or val.embeddings is None:
        raise DataError("ood/detector=auto looks at embeddings, and these predictions have none")
    left_out = classes_to_leave_out(train.labels, val.labels)
    areas: dict[str, list[float]] = {}
    for label in left_out:
        known = train.rows(train.labels != label)
        layer = _classifier(known)
        inside, outside = val.rows(val.labels != label), replace(val.rows(val.labels == label), split="ood")
        known, inside, outside = (_answered(part, layer, label) for part in (known, inside, outside))
        for name, detector in fit_detectors(known, layer).items():
            areas.setdefault(name, []).append(auroc(detector.score_of(inside), detector.score_of(outside)))
    means = {name: sum(values) / len(values) for name, values in areas.items()}
    best = max(means, key=lambda name: means[name])
    return best, means, tuple(train.class_names[label] for label in left_out)


def classes_to_leave_out(train: IntArray, val: IntArray) -> list[int]:
    """Labels of the classes that are left out in turn, given the labels of train and of val.

    Raises:
        DataError: fewer than three classes have five images in val and some in train.
    """
    usable = [int(label) for label in np.unique(train) if (val == label).sum() >= FEWEST_IMAGES]
    if len(usable) < FEWEST_CLASSES:
        raise DataError(
            f"ood/detector=auto leaves out one class after the other, which takes {FEWEST_CLASSES} classes with "
            f"{FEWEST_IMAGES} images in val; {len(usable)} have them. Name sets to choose on in data.ood_val=[digits], "
            "or take a detector by its name: ood/detector=mahalanobis"
        )
    return sorted({usable[round(index)] for index in np.linspace(0, len(usable) - 1, MOST_CLASSES)})


def _classifier(train: Predictions) -> LinearMap:
    """Logistic regression on embeddings, as one layer [K, D] for the K classes that have images, by their labels."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows: Float64Array = np.asarray(train.embeddings, dtype=np.float64)
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    std[std == 0] = 1.0
    model = LogisticRegression(C=1 / (STRENGTH * len(rows)), max_iter=STEPS)
    with warnings.catch_warnings(), threadpool_limits(limits=1, user_api="blas"):
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is enough for a ranking
        model.fit((rows - mean) / std, train.labels)
    weight, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one logit, for the second class
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return LinearMap(weight / std, bias - weight @ (mean / std))


def _answered(predictions: Predictions, layer: LinearMap, label: int) -> Predictions:
    """The same images as a layer answers that does not know a class; images of that class have the label −1."""
    names, labels = predictions.class_names, predictions.labels
    assert predictions.embeddings is not None
    return replace(
        predictions,
        labels=np.where(labels == label, -1, labels - (labels > label)),
        class_names=(*names[:label], *names[label + 1 :]),
        logits=predictions.embeddings @ layer.weight.T + layer.bias,
    )
