"""Images whose answer turned: from wrong to right, or back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.comparison.align import Side, aligned
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.report.mistakes import picture_and_name
from assay.postprocess.softmax import softmax


@dataclass(frozen=True)
class Changed:
    """An image that one side has right and the other wrong; with several seeds, on more trainings than the other.

    Attributes:
        id: sha256 of the image's bytes.
        true: name of its class.
        before, after: what the first training of baseline and variant said.
        before_probability, after_probability: of the true class, means over trainings.
        before_right, after_right: shares of the trainings that are right.
        name: file name, or "".
        picture: data URI, or None.
        problem: why there is no picture.
    """

    id: str
    true: str
    before: str
    after: str
    before_probability: float
    after_probability: float
    before_right: float
    after_right: float
    name: str = ""
    picture: str | None = None
    problem: str = ""


def share_right(side: Side) -> Float64Array:
    """The share of the trainings that answer each image right, [N]."""
    right = [training.logits.argmax(axis=1) == training.labels for training in side.trainings]
    return np.mean(right, axis=0)


def changed_images(
    baseline: Side,
    variant: Side,
    *,
    limit: int = 24,
    picture_of: Callable[[str], Path | None] | None = None,
) -> tuple[list[Changed], list[Changed]]:
    """Images won and images lost by the variant, those whose probability of the truth moved most first.

    Args:
        baseline, variant: with answers about the same images.
        limit: how many of each.
        picture_of: image id -> its file; None leaves the pictures out.
    """
    baseline, variant = aligned([baseline, variant])
    before, after = share_right(baseline), share_right(variant)
    truth_before, truth_after = _truth(baseline), _truth(variant)
    turned = after - before
    first, second = baseline.trainings[0], variant.trainings[0]

    def most_changed(rows: np.ndarray) -> list[Changed]:
        moved = np.abs(truth_after - truth_before)[rows]
        order = np.lexsort((first.ids[rows], -moved, -np.abs(turned[rows])))[:limit]
        images = []
        for row in rows[order]:
            name, picture, problem = picture_and_name(str(first.ids[row]), picture_of)
            images.append(
                Changed(
                    id=str(first.ids[row]),
                    true=first.class_names[int(first.labels[row])],
                    before=first.class_names[int(first.logits[row].argmax())],
                    after=first.class_names[int(second.logits[row].argmax())],
                    before_probability=float(truth_before[row]),
                    after_probability=float(truth_after[row]),
                    before_right=float(before[row]),
                    after_right=float(after[row]),
                    name=name,
                    picture=picture,
                    problem=problem,
                )
            )
        return images

    return most_changed(np.flatnonzero(turned > 0)), most_changed(np.flatnonzero(turned < 0))


def turned_per_class(baseline: Side, variant: Side) -> list[tuple[int, int]]:
    """(won, lost) images of each class, C pairs."""
    baseline, variant = aligned([baseline, variant])
    turned, labels = share_right(variant) - share_right(baseline), baseline.trainings[0].labels
    classes = range(len(baseline.trainings[0].class_names))
    return [(int((turned[labels == k] > 0).sum()), int((turned[labels == k] < 0).sum())) for k in classes]


def _truth(side: Side) -> Float64Array:
    """Probability of the true class, mean over trainings, [N]."""
    rows = np.arange(len(side.trainings[0]))
    return np.mean(
        [softmax(training.logits)[rows, training.labels] for training in side.trainings], axis=0, dtype=np.float64
    )
