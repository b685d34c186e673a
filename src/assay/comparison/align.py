"""Sides of a comparison: what is compared, and whether it answered about the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.errors import DataError
from assay.evaluation.measure import in_order
from assay.predictions import Predictions


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a comparison: a model, or the same way of training repeated with other seeds.

    Attributes:
        name: for people.
        trainings: one per seed, with calibrated logits; paired in their order with those of the other sides.
        seeds: of each training.
        runs: run id of each training; empty where there are none.

    Raises:
        DataError: there are no trainings, not a seed for each, or one has logits from before calibration.
    """

    name: str
    trainings: tuple[Predictions, ...]
    seeds: tuple[int, ...] = (0,)
    runs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.trainings or len(self.trainings) != len(self.seeds):
            raise DataError(f"{self.name}: {len(self.trainings)} trainings and {len(self.seeds)} seeds")
        for training in self.trainings:
            training.require_calibrated(f"{self.name}: a comparison")


def aligned(sides: Sequence[Side]) -> list[Side]:
    """The same sides with every training's images in one order, and with the groups of the first.

    Raises:
        DataError: classes, splits, images or labels differ; the message says by how many images.
    """
    ordered = [replace(side, trainings=tuple(in_order(training) for training in side.trainings)) for side in sides]
    reference = ordered[0].trainings[0]
    for side in ordered:
        for training in side.trainings:
            _refuse_other_classes(reference, training, ordered[0].name, side.name)
            _refuse_other_images(reference, training, ordered[0].name, side.name)
    return [
        replace(side, trainings=tuple(replace(training, groups=reference.groups) for training in side.trainings))
        for side in ordered
    ]


def on_common_images(sides: Sequence[Side]) -> list[Side]:
    """The same sides on the images that all of them answered about.

    Raises:
        DataError: there is no such image.
    """
    common = set(sides[0].trainings[0].ids.tolist())
    for side in sides:
        for training in side.trainings:
            common &= set(training.ids.tolist())
    if not common:
        raise DataError("no image was answered by all of the runs; there is nothing to compare")
    return [replace(side, trainings=tuple(_only(training, common) for training in side.trainings)) for side in sides]


def _only(predictions: Predictions, ids: set[str]) -> Predictions:
    return predictions.rows(np.array([image_id in ids for image_id in predictions.ids.tolist()], dtype=bool))


def _refuse_other_classes(first: Predictions, second: Predictions, name: str, other: str) -> None:
    if first.class_names != second.class_names:
        raise DataError(
            f"{other} knows the classes {', '.join(second.class_names)}; {name} knows {', '.join(first.class_names)}. "
            "Only runs with the same classes in the same order can be compared"
        )
    if first.split != second.split:
        raise DataError(f"{other} was predicted on {second.split}, {name} on {first.split}")


def _refuse_other_images(first: Predictions, second: Predictions, name: str, other: str) -> None:
    if len(first) == len(second) and (first.ids == second.ids).all():
        changed = int((first.labels != second.labels).sum())
        if changed:
            raise DataError(f"{changed} of {len(first)} test images have another label in {other} than in {name}")
        return
    mine, theirs = set(first.ids.tolist()), set(second.ids.tolist())
    raise DataError(
        f"the test sets differ: {len(mine & theirs)} images are in both, {len(mine - theirs)} only in that of {name}, "
        f"{len(theirs - mine)} only in that of {other}. Compare runs of the same data and division into splits "
        "(data.split, data.split_seed, data.fold), or set common=true to look at the images that all have answered"
    )
