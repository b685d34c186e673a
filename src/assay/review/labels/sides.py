"""Sides: what may go into a set, so that no picture is both learned from and tested on."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
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
    paths = [pictures.path(picture).absolute() for picture in others if pictures.has(picture)]
    near = copies_of_files([label.path(pictures) for label in rest.labels], paths)
    reason = f"a copy of a picture in a {split} set"
    return rest.without({label.item: reason for label in rest.labels if label.path(pictures) in near})


def copies_of_files(candidates: Sequence[Path], others: Sequence[Path]) -> set[Path]:
    """Those of some pictures that are copies of others."""
    if not others or not candidates:
        return set()
    with tempfile.TemporaryDirectory() as cache:  # what is looked up here belongs to people who may withdraw it
        first, second = (listed(side, Path(cache)) for side in (candidates, others))
        return {Path(first.table["path"].iloc[row]) for row, _ in copies_between(first, second, Path(cache))}


def listed(files: Sequence[Path], cache: Path) -> Manifest:
    """Pictures that nothing is known of, as a manifest.

    Args:
        files: whole paths.
        cache: folder in which what is seen of them is kept.
    """
    table = pd.DataFrame({"path": list(map(str, files)), "label": "", "split": UNLABELLED}, dtype="str")
    return build_manifest(Records(table), cache, where="pictures for review", on_error="skip")
