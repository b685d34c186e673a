"""From what a source lists to a Manifest: read the files, exclude bad ones, settle copies and groups, index labels."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from assay.config.quoting import typed
from assay.data.group_names import group_names
from assay.data.labels import in_order, numbers_order, one_spelling, trimmed
from assay.data.manifest import SPLITS, Manifest
from assay.data.missing_files import hint_about_missing
from assay.data.scan import scan
from assay.data.split_names import SPLIT_NAMES, split_of
from assay.errors import DataError, did_you_mean
from assay.predictions import UNLABELLED

logger = logging.getLogger(__name__)

OnError = Literal["raise", "skip"]
OnConflict = Literal["raise", "drop"]

OPTIONAL = ("split", "group", "source", "ood_set", "generator", "license", "id")
_SHOWN = 10

Reasons = list[tuple[str, str]]


@dataclass(frozen=True)
class Records:
    """What a source lists, before any file is opened.

    Attributes:
        table: columns `path` (absolute) and `label` (the name; "" for none), and any of `OPTIONAL`; `id` is the sha256
            that the file had when the list was written.
        faults: (path, reason) of what should have been an image and is not; `on_error` decides.
        ignored: (path, reason) of what nobody would take for an image of the dataset; only recorded.
        class_names: the classes in their order; None sorts the labels.
        ordered: whether the classes are grades.
        merge_labels: whether labels that are nearly equal are one class, see `labels.one_spelling`.
    """

    table: pd.DataFrame
    faults: Reasons = field(default_factory=list)
    ignored: Reasons = field(default_factory=list)
    class_names: Sequence[str] | None = None
    ordered: bool = False
    merge_labels: bool = False


def build_manifest(
    records: Records,
    cache_dir: Path,
    *,
    where: str,
    on_error: OnError = "raise",
    on_conflict: OnConflict = "raise",
) -> Manifest:
    """Every source ends here.

    Byte-identical images with one label are all kept and share a group; a file that is listed twice is one image.
    Images that share a group, by name or by copy, never have different splits. The split unlabelled is free of both
    rules, as nothing is measured on it.

    Args:
        records: what the source lists.
        cache_dir: where scans are kept.
        where: what an error calls the source.
        on_error: "raise" refuses a dataset with unusable files; "skip" excludes and records them.
        on_conflict: for one image under two labels, "drop" excludes every copy; for a group in two given splits, it
            keeps the images of the later split (test before calib before val before train). "raise" refuses both.

    Returns:
        A manifest in the order of the records; the split is "" where none was given. Classes are those of the other
        splits than ood; what is of another class there has the label -1. An OOD set that `ood_set` does not name is
        called by that class, or else by its source.

    Raises:
        DataError: no image is left, an image of the split unlabelled has a label, or one of the above.
    """
    table = _completed(records.table, where)
    table["split"] = _splits(table["split"], where)
    table["label"] = _spelled(table["label"], records, where)
    if "id" not in records.table:  # the groups of a saved manifest are what was trained on
        table["group"] = group_names(table["group"], where)
    _refuse_labels_of_unlabelled(table, where)
    table, faults = _scanned(table, cache_dir)
    faults = [*records.faults, *faults]
    if faults and on_error == "raise":
        raise DataError(_faults_message(faults, len(table) + len(faults), where))
    unlabelled = table["split"] == UNLABELLED
    table["group"] = pd.concat([_groups(table[~unlabelled]), _own_groups(table[unlabelled])])
    table, conflicts = _settled(table, on_conflict, where)
    repeated: Reasons = []
    if "id" not in records.table:  # what a saved manifest holds has been measured as it is
        table, repeated = _listed_once(table)
    if repeated:
        logger.warning("%s: %d rows list a picture again and are left out%s", where, len(repeated), _first(repeated))
    excluded = [*faults, *conflicts, *repeated, *records.ignored]
    _say_excluded(faults, conflicts, records.ignored, where)
    if table.empty:
        hint = hint_about_missing(path for path, _ in faults)
        raise DataError(f"{where}: no usable image{_first(faults)}" + (f"; {hint}" if hint else ""))
    outside = table["split"] == "ood"
    names = _class_names(table["label"][~outside & (table["split"] != UNLABELLED)], records, where)
    stray = outside & (table["label"] != "") & ~table["label"].isin(names)
    sets = table["ood_set"].mask(table["ood_set"] == "", table["label"].where(stray, table["source"]))
    table["ood_set"] = sets.where(outside, "")
    labels = {name: index for index, name in enumerate(names)}
    table["label"] = [labels.get(name, -1) for name in table["label"]]
    return Manifest(table, names, records.ordered, pd.DataFrame(excluded, columns=["path", "reason"], dtype="str"))


def _completed(table: pd.DataFrame, where: str) -> pd.DataFrame:
    missing = [column for column in ("path", "label") if column not in table]
    if missing:
        raise DataError(f"{where}: records lack {', '.join(missing)}")
    table = table.rename(columns={"id": "expected"})
    absent = {column: "" for column in (*OPTIONAL[:-1], "expected") if column not in table}
    return table.assign(**absent).reset_index(drop=True)


def _splits(given: pd.Series, where: str) -> pd.Series:
    names = {split: split_of(split) if split.strip() else "" for split in given.unique()}
    unknown = sorted(split for split, name in names.items() if name is None)
    if unknown:
        raise DataError(f"{where}: split {unknown[0]!r} is unknown; {did_you_mean(unknown[0], SPLIT_NAMES)}")
    return given.map(names)


def _refuse_labels_of_unlabelled(table: pd.DataFrame, where: str) -> None:
    known = table[(table["split"] == UNLABELLED) & (table["label"] != "")]
    if len(known):
        first = known.iloc[0]
        raise DataError(
            f"{where}: {len(known)} images of the split {UNLABELLED} have a label (first: {first['path']} is "
            f"{first['label']}); leave the label empty, or give them another split"
        )


def _scanned(table: pd.DataFrame, cache_dir: Path) -> tuple[pd.DataFrame, Reasons]:
    seen = scan(table["path"].tolist(), cache_dir)
    table = pd.concat([table, seen.drop(columns="path")], axis=1)
    reasons = table["error"].mask(
        (table["error"] == "") & (table["expected"] != "") & (table["expected"] != table["id"]),
        "changed since the manifest was saved",
    )
    needed = ~table["split"].isin(("ood", UNLABELLED))
    reasons = reasons.mask((reasons == "") & (table["label"] == "") & needed, "has no label")
    bad = reasons != ""
    return table[~bad].drop(columns=["error", "expected"]), list(zip(table["path"][bad], reasons[bad], strict=True))


def _groups(table: pd.DataFrame) -> pd.Series:
    """The group's name, or the image's id; groups that hold copies of one image become one, under the first name."""
    own = _own_groups(table)
    if not (table["group"] != "").any():
        return own
    copies = table["id"].duplicated(keep=False)
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while (above := leader.get(name, name)) != name:
            leader[name] = leader.get(above, above)
            name = above
        return name

    for _, names in own[copies].groupby(table["id"][copies]):
        first, *others = sorted({find(name) for name in names})
        leader.update(dict.fromkeys(others, first))
    return own.map(find) if leader else own


def _own_groups(table: pd.DataFrame) -> pd.Series:
    return table["group"].where(table["group"] != "", table["id"])


def _settled(table: pd.DataFrame, on_conflict: OnConflict, where: str) -> tuple[pd.DataFrame, Reasons]:
    labels = table[table["split"] != UNLABELLED].groupby("id")["label"].nunique()
    two_labels = table[table["id"].isin(labels.index[labels > 1]) & (table["split"] != UNLABELLED)]
    if len(two_labels) and on_conflict == "raise":
        raise DataError(_labels_message(two_labels, where))
    excluded = [(path, reason) for _, rows in two_labels.groupby("id") for path, reason in _two_labels(rows)]
    table = table.drop(two_labels.index)

    rank = table["split"].map({"": -1, **{split: index for index, split in enumerate(SPLITS)}})
    given = table[(rank >= 0) & (table["split"] != UNLABELLED)]
    splits = given.groupby("group")["split"].nunique()
    straddling = given[given["group"].isin(splits.index[splits > 1])]
    if len(straddling) and on_conflict == "raise":
        raise DataError(_straddling_message(straddling, where))
    kept = rank[straddling.index].groupby(straddling["group"]).transform("max")
    leaving = straddling[rank[straddling.index] < kept]
    excluded += [
        (path, f"belongs together with images of the split {SPLITS[split_rank]} (group {group})")
        for path, group, split_rank in zip(leaving["path"], leaving["group"], kept[leaving.index], strict=True)
    ]
    return table.drop(leaving.index), excluded


def _listed_once(table: pd.DataFrame) -> tuple[pd.DataFrame, Reasons]:
    """A picture that is listed twice is one: of its rows the first stays that says the split, else the first."""
    near = table[table["id"].duplicated(keep=False)]
    if near.empty:
        return table, []
    files = pd.DataFrame({"path": near["path"].map(os.path.normpath), "pool": near["split"] == UNLABELLED})
    said_first = files.loc[(near["split"] == "").sort_values(kind="stable").index]
    again = near.loc[said_first.index[said_first.duplicated()]].sort_index()
    return table.drop(again.index), [(path, "listed before") for path in again["path"]]


def _two_labels(rows: pd.DataFrame) -> Reasons:
    message = "one image under two labels: " + ", ".join(
        f"{path} is {label}" for path, label in zip(rows["path"], rows["label"], strict=True)
    )
    return [(path, message) for path in rows["path"]]


def _spelled(labels: pd.Series, records: Records, where: str) -> pd.Series:
    counts = {str(label): int(count) for label, count in labels.value_counts().items()}
    chosen = one_spelling(counts, where, merge=records.merge_labels, known=records.class_names or ())
    changed = [label for label, name in chosen.items() if label.strip() != label]
    if changed:
        images = sum(counts[label] for label in changed)
        logger.warning("%s: %d labels are read without the spaces around them (first: %r)", where, images, changed[0])
    merged = [f"{label!r} as {name!r}" for label, name in chosen.items() if trimmed(label) != name]
    if merged:
        logger.warning("%s: data.merge_labels=true reads %s", where, ", ".join(merged[:_SHOWN]))
    return labels.map(chosen)


def _class_names(labels: pd.Series, records: Records, where: str) -> tuple[str, ...]:
    present = set(labels)
    if records.class_names is None:
        order = in_order(present)
        if records.ordered and not numbers_order(order):
            raise DataError(
                f"{where}: data.ordered=true needs the order of the grades, and their names do not say it. These are "
                f"in the order of the alphabet; put them from lowest to highest: {typed('data.classes', order)}"
            )
        return tuple(order)
    names = tuple(trimmed(name) for name in records.class_names)
    unknown = in_order(present - set(names))
    if unknown:
        raise DataError(f"{where}: label {unknown[0]!r} is not among the classes; {did_you_mean(unknown[0], names)}")
    empty = [name for name in names if name not in present]
    if empty:
        logger.warning("%s: %d of %d classes have no image (first: %s)", where, len(empty), len(names), empty[0])
    return names


def _say_excluded(faults: Reasons, conflicts: Reasons, ignored: Reasons, where: str) -> None:
    if faults:
        logger.warning("%s: %d unusable files are excluded%s", where, len(faults), _first(faults))
    if conflicts:
        logger.warning("%s: %d images are excluded for conflicts%s", where, len(conflicts), _first(conflicts))
    if ignored:
        logger.info("%s: %d other files are left out%s", where, len(ignored), _first(ignored))


def _first(reasons: Reasons) -> str:
    return f" (first: {reasons[0][0]}: {reasons[0][1]})" if reasons else ""


def _faults_message(faults: Reasons, total: int, where: str) -> str:
    listed = "".join(f"\n  {path}: {reason}" for path, reason in faults[:_SHOWN])
    hint = hint_about_missing(path for path, _ in faults)
    return (
        f"{where}: {len(faults)} of {total} images cannot be used:{listed}{_more(len(faults))}\n"
        + (f"{hint}\n" if hint else "")
        + "Mend or remove them, or set data.on_error=skip to leave them out and record them"
    )


def _labels_message(rows: pd.DataFrame, where: str) -> str:
    images = [
        ", ".join(f"{path} is {label}" for path, label in zip(copies["path"], copies["label"], strict=True))
        for _, copies in rows.groupby("id", sort=False)
    ]
    listed = "".join(f"\n  {image}" for image in images[:_SHOWN])
    return (
        f"{where}: {len(images)} images, the same in every byte, have several labels:{listed}{_more(len(images))}\n"
        "Correct the labels, or set data.on_conflict=drop to leave every copy out and record it"
    )


def _straddling_message(rows: pd.DataFrame, where: str) -> str:
    groups = [
        ", ".join(f"{path} in {split}" for path, split in zip(members["path"], members["split"], strict=True))
        for _, members in rows.groupby("group", sort=False)
    ]
    listed = "".join(f"\n  {group}" for group in groups[:_SHOWN])
    return (
        f"{where}: {len(groups)} groups of images that belong together (the same file or the same group) are in more "
        f"than one given split:{listed}{_more(len(groups))}\n"
        "Correct the splits, or set data.on_conflict=drop to keep only those of the later split (test before train)"
    )


def _more(count: int) -> str:
    return f"\n  … and {count - _SHOWN} more" if count > _SHOWN else ""
