"""Splits: train, val, calib and test, stratified by class; a group goes to one split as a whole."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from assay.config.quoting import typed
from assay.data.manifest import SPLITS, Manifest
from assay.data.stratified import divide
from assay.errors import ConfigError, DataError
from assay.predictions import UNLABELLED

logger = logging.getLogger(__name__)

Shares = dict[str, float]
_SHOWN = 10
_NEEDED = {
    "train": "nothing could be learned",
    "val": "the best epoch is chosen on it",
    "calib": "temperature, thresholds and cut-offs are learned on it",
    "test": "the evidence is measured on it",
}


def assign_splits(
    manifest: Manifest,
    *,
    train: float = 0.6,
    val: float = 0.1,
    calib: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    fold: int | None = None,
    folds: int | None = None,
) -> Manifest:
    """Give every image a split.

    Given splits are kept: a split that has images is complete, and what is left is divided among train and the splits
    that have none, in the proportion of their shares. Where such a split is missing, given train images are divided
    with the rest, so that of a dataset with train and test, val and calib are taken out of train. An image whose group
    has a given split follows it, unless that is the split unlabelled. The rest is stratified by class, see `divide`: it
    depends on groups, labels and seed, not on the order of the rows.

    Args:
        manifest: images whose split may be "".
        train: share of the images, as `val`, `calib` and `test`; they add up to 1.
        val: for model selection.
        calib: for temperature, thresholds and cut-offs.
        test: for evidence.
        seed: another seed, another division.
        fold: which of the `folds` is the test split, from 0; the rest is divided by the other shares.
        folds: number of folds of a stratified cross-validation; every image is in the test split of one fold.

    Raises:
        ConfigError: shares do not add up to 1; a fold that is not there; more folds than a class has images or groups;
            folds of a dataset with given splits.
        DataError: fewer than two classes, a class whose images cannot be in two splits, or a split without an image.
    """
    shares = {"train": train, "val": val, "calib": calib, "test": test}
    _check_shares(shares)
    _check_classes(manifest)
    _refuse_given_once(manifest)
    table = manifest.table[["id", "label", "group", "split"]].copy()
    if folds is not None or fold is not None:
        _assign_folds(manifest, table, shares, seed, fold, folds)
    else:
        _assign_shares(table, shares, seed)
    _check_result(table, manifest.class_names, shares)
    return replace(manifest, table=manifest.table.assign(split=table["split"]))


def _assign_shares(table: pd.DataFrame, shares: Shares, seed: int) -> None:
    given = set(table["split"])
    missing = [split for split, share in shares.items() if share > 0 and split != "train" and split not in given]
    pool = table["split"].isin(["", "train"] if missing else [""])
    fixed = table[~pool & ~table["split"].isin(("", "train", UNLABELLED))]
    follows = table["group"].map(fixed.groupby("group")["split"].first())
    following = pool & follows.notna()
    table.loc[following, "split"] = follows[following]
    _divide_rows(table, pool & ~following, {split: shares[split] for split in ("train", *missing)}, seed)


def _assign_folds(
    manifest: Manifest, table: pd.DataFrame, shares: Shares, seed: int, fold: int | None, folds: int | None
) -> None:
    if fold is None or folds is None:
        raise ConfigError("data.fold and data.folds belong together: data.fold=0 data.folds=5")
    if folds < 2 or not 0 <= fold < folds:
        raise ConfigError(f"data.fold: must be from 0 to {folds - 1} with data.folds={folds} (2 or more), got {fold}")
    taken = sorted(set(table["split"]) & {"val", "calib", "test"})
    if taken:
        raise ConfigError(f"data.folds={folds} divides all images, but the dataset gives the split {', '.join(taken)}")
    pool = ~table["split"].isin(("ood", UNLABELLED))
    groups = table[pool].groupby("label")["group"].nunique()
    if groups.min() < folds:
        name = manifest.class_names[groups.index.to_numpy()[groups.argmin()]]
        raise ConfigError(
            f"data.folds={folds}: class {name} has {groups.min()} images that share no group; use fewer folds"
        )
    chosen = divide(table.loc[pool, "label"].to_numpy(), table.loc[pool, "group"], [1.0] * folds, seed) == fold
    table.loc[pool, "split"] = np.where(chosen, "test", "")
    rest = {split: share for split, share in shares.items() if split != "test"}
    _divide_rows(table, table["split"] == "", rest, seed)


def _divide_rows(table: pd.DataFrame, rows: pd.Series, shares: Shares, seed: int) -> None:
    names = np.array(list(shares), dtype=object)
    part = divide(table.loc[rows, "label"].to_numpy(), table.loc[rows, "group"], list(shares.values()), seed)
    table.loc[rows, "split"] = names[part]


def _check_shares(shares: Shares) -> None:
    total = sum(shares.values())
    if not abs(total - 1) < 1e-6 or min(shares.values()) < 0 or shares["train"] == 0:
        message = ", ".join(f"{split} {share:g}" for split, share in shares.items())
        raise ConfigError(
            f"data.split: shares must add up to 1, train be above 0, none negative; got {message} = {total:g}"
        )


def _check_classes(manifest: Manifest) -> None:
    table = manifest.labelled.table
    present = table["label"].nunique()
    if present < 2:
        name = manifest.class_names[int(table["label"].iloc[0])] if present else "none"
        raise DataError(f"a classifier needs two classes; all {len(table)} images are of one: {name}")
    groups = table.groupby("label")["group"].nunique()
    single_group = groups.index[groups == 1]
    if len(single_group):
        name, images = manifest.class_names[int(single_group[0])], int((table["label"] == single_group[0]).sum())
        what = "one image" if images == 1 else f"{images} images, all of one group,"
        more = f" ({len(single_group)} such classes)" if len(single_group) > 1 else ""
        cannot = f"and cannot be both learned and tested{more}; add images of it or leave it out"
        if images > 1 and str(table["group"][table["label"] == single_group[0]].iloc[0]) in set(table["id"]):
            raise DataError(
                f"class {name} has {images} images, all copies of one picture by data.copies, {cannot}; where they "
                "only look alike, type data.copies=pixels, which takes the same pixels alone for copies"
            )
        raise DataError(f"class {name} has {what} {cannot}")


def _check_result(table: pd.DataFrame, class_names: Sequence[str], shares: Shares) -> None:
    table = table[~table["split"].isin(("ood", UNLABELLED))]
    present = {str(split): set(labels) for split, labels in table.groupby("split")["label"]}
    every = set(table["label"])
    for split, share in shares.items():
        if share == 0 and split not in present:
            raise DataError(
                f"data.split.{split}=0 leaves no image for {split}, and {_NEEDED[split]}; give it a share, as in "
                f"data.split.{split}=0.1, and take it from train"
            )
        if split not in present:
            raise DataError(
                f"split {split} gets none of {len(table)} images in {table['group'].nunique()} groups; "
                f"add images, or change the shares in data.split"
            )
    _refuse_lonely(table, present, class_names)
    for split in shares:
        absent = sorted(every - present[split])
        if absent:
            logger.warning(
                "split %s has no image of %d of %d classes (first: %s)",
                split,
                len(absent),
                len(every),
                class_names[absent[0]],
            )


def _refuse_lonely(table: pd.DataFrame, present: dict[str, set[int]], class_names: Sequence[str]) -> None:
    """A class that is never trained on, or that is in one split alone, gives numbers that mean nothing."""
    lonely = {}
    for label in sorted(set(table["label"])):
        splits = [split for split in SPLITS if label in present.get(split, ())]
        if len(splits) == 1 or "train" not in splits:
            lonely[label] = splits
    _refuse_classes(table, lonely, class_names)


def _refuse_given_once(manifest: Manifest) -> None:
    """Where train and test are given, a class of train alone is not rescued by what val and calib take out of train."""
    table = manifest.labelled.table
    given = set(table["split"])
    if not given.issuperset(("train", "test")):
        return
    of_class = table.groupby("label")["split"].agg(["nunique", "first"])
    single = of_class["first"][(of_class["nunique"] == 1) & (of_class["first"] != "")]
    lonely = {label: [split] for label, split in zip(single.index.tolist(), single.tolist(), strict=True)}
    _refuse_classes(table, lonely, manifest.class_names)


def _refuse_classes(table: pd.DataFrame, lonely: dict[int, list[str]], class_names: Sequence[str]) -> None:
    """An error with the classes and the number of their images in each split that they are in."""
    if not lonely:
        return
    lines = []
    for label, splits in list(lonely.items())[:_SHOWN]:
        counts = table[table["label"] == label]["split"].value_counts()
        images = ", ".join(f"{counts[split]} in {split}" for split in splits)
        why = "it is not trained on" if "train" not in splits else "nothing of it is held out"
        lines.append(f"class {class_names[label]} has all of its images in {' and '.join(splits)} ({images}): {why}")
    if len(lonely) > _SHOWN:
        lines.append(f"… and {len(lonely) - _SHOWN} more")
    raise DataError(
        "\n  ".join(lines) + ("\nGive " if len(lines) > 1 else "; give ") + "such a class images in the other splits, "
        f"leave it out, or hold it out on purpose with {typed('data.holdout_class', class_names[next(iter(lonely))])}"
    )
