"""Mixing: more training images for some classes, generated ones or real ones once more; no other split changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.augment.minority import rare_classes
from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError, did_you_mean

MEASURED = ("val", "calib", "test")


@dataclass(frozen=True)
class Added:
    """What a class got.

    Attributes:
        name: of the class.
        real: training images that are real.
        asked: how many more the ratio asks for; None for all there are.
        available: generated images that could be taken.
        added: images that were.
    """

    name: str
    real: int
    asked: int | None
    available: int
    added: int


def chosen_classes(train: Manifest, asked: str | Sequence[str]) -> list[int]:
    """Labels of the classes that get more images.

    Args:
        train: the real training images.
        asked: "all", "minority" (fewer training images than half of an even share), or names.

    Raises:
        ConfigError: no such class.
    """
    names = train.class_names
    if asked == "all":
        return list(range(len(names)))
    if asked == "minority":
        return rare_classes(train.labels, len(names))
    listed = [asked] if isinstance(asked, str) else [str(name) for name in asked]
    for name in listed:
        if name not in names:
            raise ConfigError(f"data.synthetic_classes: {name}: no such class; {did_you_mean(name, names)}")
    return sorted(names.index(name) for name in listed)


def draw(
    generated: Manifest, train: Manifest, classes: Collection[int], ratio: float | None, seed: int
) -> tuple[Manifest, tuple[Added, ...]]:
    """Generated images for training, at random: of a smaller ratio with the same seed, a part of those of a larger one.

    Args:
        generated: that may be taken.
        train: the real training images.
        classes: labels of those that get any.
        ratio: generated images for each real one, of every class, rounded to whole images; None takes all.
        seed: another seed, other images.
    """
    real = np.bincount(train.labels, minlength=len(train.class_names))
    available = np.bincount(generated.labels, minlength=len(train.class_names))
    chosen, added = [], []
    for label, name in enumerate(train.class_names):
        asked = None if ratio is None else _rounded(ratio * real[label])
        if label not in classes:
            continue
        rows = np.flatnonzero(generated.labels == label)
        rows = rows[np.argsort(generated.ids[rows], kind="stable")]  # the order of the files changes nothing
        rows = np.random.default_rng([seed, label, 6]).permutation(rows)[: len(rows) if asked is None else asked]
        chosen.append(np.sort(rows))
        added.append(Added(name, int(real[label]), asked, int(available[label]), len(rows)))
    rows = np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.intp)
    return replace(generated, table=generated.table.iloc[rows]), tuple(added)


def with_generated(manifest: Manifest, drawn: Manifest) -> Manifest:
    """The manifest with these generated images in train, each a group of its own; what they leave out is recorded.

    Raises:
        DataError: one of them is meant for another split, or is also an image of the manifest.
    """
    table = drawn.table
    elsewhere = table[~table["split"].isin(["", "train"])]
    if len(elsewhere):
        first = elsewhere.iloc[0]
        raise DataError(
            f"data.synthetic: {len(elsewhere)} generated images are in another split than train (first: "
            f"{first['path']} in {first['split']}); generated images are never measured on: take them out"
        )
    shared = table[table["id"].isin(set(manifest.table["id"]))]
    if len(shared):
        raise DataError(
            f"data.synthetic: {len(shared)} images are also images of the dataset (first: {shared['path'].iloc[0]})"
        )
    rows = table.assign(split="train", group=table["id"])
    excluded = pd.concat([manifest.excluded, drawn.excluded], ignore_index=True)
    return replace(manifest, table=pd.concat([manifest.table, rows], ignore_index=True), excluded=excluded)


def refuse_generated_outside_train(manifest: Manifest) -> None:
    """Generated images may help to learn; what a model is chosen, calibrated and judged by has to be real.

    Raises:
        DataError: val, calib or test has generated images.
    """
    table = manifest.table
    wrong = table[table["split"].isin(MEASURED) & (table["generator"].str.strip() != "")]
    if len(wrong):
        first = wrong.iloc[0]
        raise DataError(
            f"{len(wrong)} generated images are in val, calib or test (first: {first['path']} in {first['split']}, "
            f"by {first['generator']}); with data.synthetic these splits hold real images alone: take them out of the "
            "dataset"
        )


def with_repeats(manifest: Manifest, classes: Collection[int], ratio: float, seed: int) -> Manifest:
    """The manifest with real training images in it once more, as many for each class as `draw` adds at this ratio.

    Each image comes equally often, but for a rest that is drawn at random.

    Args:
        manifest: with its splits.
        classes: labels of those whose images are repeated.
        ratio: repeated images for each real one.
        seed: of the rest.
    """
    table = manifest.table
    train = (table["split"] == "train").to_numpy()
    again: list[NDArray[np.intp]] = []
    for label in sorted(classes):
        rows = np.flatnonzero(train & (manifest.labels == label))
        wanted = _rounded(ratio * len(rows))
        if not wanted:
            continue
        whole, rest = divmod(wanted, len(rows))
        ordered = rows[np.argsort(manifest.ids[rows], kind="stable")]
        drawn = np.random.default_rng([seed, label, 7]).permutation(ordered)[:rest]
        again += [rows] * whole + [np.sort(drawn)]
    if not again:
        return manifest
    return replace(manifest, table=pd.concat([table, table.iloc[np.concatenate(again)]], ignore_index=True))


def _rounded(number: float) -> int:
    return int(np.floor(number + 0.5))
