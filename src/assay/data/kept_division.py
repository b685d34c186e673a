"""A division that is kept: images stay in the split that a recorded manifest gives them, and only train grows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from assay.data.manifest import LABELLED, Manifest
from assay.errors import DataError
from assay.predictions import UNLABELLED

logger = logging.getLogger(__name__)

TRAIN, TEST = "train", "test"


def keep_division(
    manifest: Manifest, kept: Manifest, grouped: Callable[[Manifest], Manifest], *, where: str, elsewhere: str = ""
) -> Manifest:
    """Divide images as they were divided before.

    An image is known by its bytes. A known one keeps split and group, so that the test set has the digest it had. One
    that is new goes to train; where it is a copy of, or shares a group with, an image of val, calib or test, or the
    dataset says that it is for those, it is left out with the reason, as is what the recorded manifest had left out.

    Args:
        manifest: images as their source lists them; those of the split unlabelled stay.
        kept: the recorded manifest.
        grouped: gives copies one group, as it is done before any division; splits that are given count.
        where: what an error calls the recorded manifest.
        elsewhere: beginning of the source of images in it that are no part of the dataset.

    Raises:
        DataError: the classes are others, or an image of test is gone or has another label.
    """
    if manifest.class_names != kept.class_names:
        raise DataError(
            f"{where}: divides the classes {', '.join(kept.class_names)}, and the dataset has "
            f"{', '.join(manifest.class_names)}; train without it, which divides anew"
        )
    before = kept.table[kept.table["split"].isin(LABELLED)].drop_duplicates("id").set_index("id")
    own = before[~before["source"].str.startswith(elsewhere)] if elsewhere else before
    _refuse_changed_test(manifest, own[own["split"] == TEST], where)

    asked = manifest.table["split"]
    free = asked != UNLABELLED
    known = manifest.table["id"].isin(before.index) & free
    split = manifest.table["id"].map(before["split"]).where(known, asked.where(~free, ""))
    table = grouped(replace(manifest, table=manifest.table.assign(split=split))).table

    follows = table["group"].map(_decisive(table[known]))
    elsewhere_asked = asked.isin(LABELLED) & (asked != TRAIN)
    reasons = pd.Series("", index=table.index)
    reasons[elsewhere_asked] = "the division that is kept has no more images for " + asked[elsewhere_asked]
    reasons[follows.isin(LABELLED) & (follows != TRAIN)] = "a copy of an image in " + follows.astype(str)
    left_out = dict(zip(kept.excluded["path"], kept.excluded["reason"], strict=True))
    reasons = table["path"].map(left_out).where(table["path"].isin(left_out), reasons)
    new = free & ~known
    out = new & (reasons != "")

    table["split"] = table["split"].where(~new, TRAIN)
    kept_groups = table["id"].map(before["group"])
    table["group"] = kept_groups.where(known, _groups_of_new(table, known, before["group"]).where(new, table["group"]))
    logger.info(
        "%s: %d images keep their split, %d are new in train, %d new ones are left out, %d are gone",
        where,
        int(known.sum()),
        int((new & ~out).sum()),
        int(out.sum()),
        int((~own.index.isin(manifest.table["id"])).sum()),
    )
    excluded = pd.DataFrame({"path": table["path"][out], "reason": reasons[out]}, dtype="str")
    return replace(manifest, table=table[~out], excluded=pd.concat([manifest.excluded, excluded], ignore_index=True))


def _refuse_changed_test(manifest: Manifest, test: pd.DataFrame, where: str) -> None:
    labels = manifest.table.drop_duplicates("id").set_index("id")["label"]
    gone = test[~test.index.isin(labels.index)]
    if len(gone):
        raise DataError(
            f"{where}: {len(gone)} of its {len(test)} test images are not in the dataset (first: "
            f"{gone['path'].iloc[0]}); put them back, or train without it, which divides anew"
        )
    other = test[labels.reindex(test.index) != test["label"]]
    if len(other):
        raise DataError(
            f"{where}: {len(other)} of its {len(test)} test images have another label now (first: "
            f"{other['path'].iloc[0]}); put the labels back, or train without it, which divides anew"
        )


def _decisive(known: pd.DataFrame) -> pd.Series:
    """Of each group the split of its known images; the one that is measured on where it has several."""
    order = known.assign(rank=known["split"].map({split: rank for rank, split in enumerate(LABELLED)}))
    return order.sort_values("rank").groupby("group")["split"].last()


def _groups_of_new(table: pd.DataFrame, known: pd.Series, kept: pd.Series) -> pd.Series:
    """Group by row: that of the known image that a new one belongs to, else its own, under a name nobody has."""
    of_known = pd.Series(table["id"][known].map(kept).to_numpy(), index=table["group"][known])
    joined = table["group"].map(of_known[~of_known.index.duplicated()])
    own = table["group"].where(~table["group"].isin(set(kept)), "new " + table["group"])
    return joined.where(joined.notna(), own)
