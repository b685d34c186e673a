"""Sides: what may go into a set, so that no picture is both learned from and tested on."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from assay.data.build import Records, build_manifest
from assay.data.copies.between import copies_between
from assay.data.manifest import Manifest
from assay.predictions import UNLABELLED
from assay.review.labels.label import AGREED, ARBITRATED, Gathered, ReviewedLabel
from assay.review.labels.label_set import TEST
from assay.store.kept_pictures import KeptPictures

NOT_RANDOM = "not of the random slice, which alone is like what is answered"
NOT_BLIND = "not chosen before the model's answer was seen"
ALONE = "of one reviewer alone; a test set asks two, or an arbiter"


def fit_for(split: str, gathered: Gathered) -> Gathered:
    """Labels that are good enough for a split: a test set takes more than training does.

    Args:
        split: "train" or "test".
        gathered: all labels.
    """
    if split != TEST:
        return gathered
    return gathered.without({label.item: why for label in gathered.labels if (why := _unfit_for_test(label))})


def _unfit_for_test(label: ReviewedLabel) -> str:
    if not label.random_slice:
        return NOT_RANDOM
    if label.how not in (AGREED, ARBITRATED):
        return ALONE
    return "" if label.blind else NOT_BLIND


def apart_from(gathered: Gathered, others: dict[str, str], split: str, pictures: KeptPictures) -> Gathered:
    """Labels whose picture is in no set of the other side, nor a copy of one that is.

    Args:
        gathered: labels.
        others: picture -> name of the set of the other side that has it.
        split: of the other side.
        pictures: that are kept.
    """
    inside = {
        label.item: f"its picture is in the {split} set {others[label.picture]}"
        for label in gathered.labels
        if label.picture in others
    }
    rest = gathered.without(inside)
    near = copies_of_pictures([label.picture for label in rest.labels], others, pictures)
    reason = f"a copy of a picture in a {split} set"
    return rest.without({label.item: reason for label in rest.labels if label.picture in near})


def copies_of_pictures(candidates: Sequence[str], others: Collection[str], pictures: KeptPictures) -> set[str]:
    """Those of some pictures that are copies of others, by their numbers; others that are gone are passed over."""
    there = [picture for picture in others if pictures.has(picture)]
    if not there or not candidates:
        return set()
    with tempfile.TemporaryDirectory() as cache:  # what is looked up here belongs to people who may withdraw it
        first, second = (_manifest(side, pictures, Path(cache)) for side in (candidates, there))
        pairs = copies_between(first, second, Path(cache))
        return {Path(first.table["path"].iloc[row]).stem for row, _ in pairs}


def _manifest(names: Sequence[str], pictures: KeptPictures, cache: Path) -> Manifest:
    paths = [str(pictures.path(name).absolute()) for name in names]
    table = pd.DataFrame({"path": paths, "label": "", "split": UNLABELLED}, dtype="str")
    return build_manifest(Records(table), cache, where="kept pictures")
