"""Reviewed labels of a config: pictures for train, or a new test set in place of the dataset's.

Whether a picture may still be used is known to the store alone: a consent is withdrawn, a subject erased, a decision
taken back after the set was written. What may not is left out with the reason, and a store that does not answer is an
error, never a yes.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from assay.data.build import Records, build_manifest
from assay.data.copies.between import copies_between
from assay.data.copies.grouping import copies_of
from assay.data.manifest import Manifest
from assay.database.url import sqlite_file
from assay.errors import DataError, did_you_mean
from assay.predictions import UNLABELLED
from assay.review.labels.files import WrittenSet, read_set
from assay.review.labels.gather import gather_labels
from assay.review.labels.label_set import TEST, TRAIN, label_set_of
from assay.run.reviewed_notes import SOURCE
from assay.run.workspace import cache_folder
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.review.labels.label import ReviewedLabel

_log = logging.getLogger(__name__)
KEYS = {TRAIN: "reviewed", TEST: "reviewed_test"}
"""Split -> key of `data` that names a set of reviewed labels for it."""
CHANGED = "it was decided anew since the set was written"


@dataclass(frozen=True)
class _Usable:
    """Labels of a set that may still be used, and pictures that may not, each with the reason."""

    labels: tuple[ReviewedLabel, ...]
    left_out: list[tuple[str, str]]


def with_reviewed(config: DictConfig, manifest: Manifest) -> Manifest:
    """The manifest with the reviewed pictures that a config asks for. val and calib stay as they are, always.

    Args:
        config: composed and checked.
        manifest: the dataset with its splits and OOD sets.

    Raises:
        DataError: there is no such set, its store cannot be asked, or nothing of it can be used.
    """
    data = config.data
    if data.get("reviewed_test"):  # first, so that nothing of it is learned from
        manifest = _with_new_test(config, manifest, str(data.reviewed_test))
    if data.get("reviewed"):
        manifest = _with_training(config, manifest, str(data.reviewed))
    return manifest


def _with_training(config: DictConfig, manifest: Manifest, entry: str) -> Manifest:
    scans = cache_folder(config) / "scans"
    reviewed = _images(entry, TRAIN, manifest, scans)
    reviewed = _without_copies(reviewed, manifest, scans, f"data.{KEYS[TRAIN]}={entry}")
    table = pd.concat([manifest.table, reviewed.table], ignore_index=True)
    excluded = pd.concat([manifest.excluded, reviewed.excluded], ignore_index=True)
    return replace(manifest, table=table, excluded=excluded)


def _with_new_test(config: DictConfig, manifest: Manifest, entry: str) -> Manifest:
    scans = cache_folder(config) / "scans"
    former = manifest.table["split"] == TEST
    others = replace(manifest, table=manifest.table[~former])
    reviewed = _images(entry, TEST, manifest, scans)
    reviewed = _without_copies(reviewed, others, scans, f"data.{KEYS[TEST]}={entry}")
    gone = [(path, f"the test set is data.reviewed_test={entry}") for path in manifest.table["path"][former]]
    excluded = pd.concat([manifest.excluded, reviewed.excluded, _reasons(gone)], ignore_index=True)
    return replace(others, table=pd.concat([others.table, reviewed.table], ignore_index=True), excluded=excluded)


def _images(entry: str, split: str, manifest: Manifest, scans: Path) -> Manifest:
    """What may be used of a set, with the classes of the dataset, near copies in one group each."""
    where = f"data.{KEYS[split]}={entry}"
    written = read_set(Path(entry).expanduser(), where=where)
    if written.split != split:
        raise DataError(
            f"{where}: is a set for {written.split}; type data.{KEYS.get(written.split, 'reviewed')}={entry}"
            + (", which takes the place of the dataset's test set" if written.split == TEST else "")
        )
    usable = _usable(written, where)
    pictures = KeptPictures(Path(written.pictures))
    names = manifest.class_names
    fitting = [label for label in usable.labels if label.label in names]
    left_out = [
        *usable.left_out,
        *(
            (_path(pictures, each), f"{each.label} is no class of the dataset")
            for each in usable.labels
            if each.label not in names
        ),
    ]
    if not fitting:
        other = next((label.label for label in usable.labels), None)
        hint = f"; {did_you_mean(other, names)}" if other else ""
        raise DataError(f"{where}: nothing of it can be used: {_counted(why for _, why in left_out)}{hint}")
    table = pd.DataFrame(
        {
            "path": [_path(pictures, each) for each in fitting],
            "label": [each.label for each in fitting],
            "split": split,
            "source": f"{SOURCE}{written.name}",
            "license": [each.licence or f"consent {each.consent} to improve" for each in fitting],
        },
        dtype="str",
    )
    records = Records(table, ignored=left_out, class_names=names)
    built = build_manifest(records, scans, where=where, on_error="skip", on_conflict="drop")
    built = replace(built, ordered=manifest.ordered, samples=manifest.samples)
    leader = copies_of(built, scans, "perceptual").leader
    weights = {_path(pictures, each): each.weight for each in fitting}
    table = built.table.assign(group=built.ids[leader], weight=built.table["path"].map(weights))
    return replace(built, table=table)


def _usable(written: WrittenSet, where: str) -> _Usable:
    """Ask the store which labels of a set still hold."""
    file = sqlite_file(written.store)
    if file is not None and not file.exists():
        raise DataError(
            f"{where}: its store {file} is not there, so nobody can say which pictures may still be used; train where "
            "the store can be read, or have assay review labels write the set anew"
        )
    pictures = KeptPictures(Path(written.pictures))
    with ServiceStore(written.store) as store, store.reading() as connection:
        recorded = label_set_of(connection, written.set_id)
        if recorded is None or recorded.digest != written.digest:
            raise DataError(f"{where}: its store does not know this set; assay review labels writes one that it knows")
        now = gather_labels(connection, pictures)
    standing = {label.item: label for label in now.labels}
    kept, left_out = [], []
    for label in written.labels:
        current = standing.get(label.item)
        if current is not None and current.label == label.label:
            kept.append(label)
        else:
            why = CHANGED if current is not None else now.left_out.get(label.item, "its review is kept no longer")
            left_out.append((_path(pictures, label), why))
    return _Usable(tuple(kept), left_out)


def _without_copies(reviewed: Manifest, manifest: Manifest, scans: Path, where: str) -> Manifest:
    """Without pictures that the dataset has already, in whatever split something is measured or learned."""
    others = replace(manifest, table=manifest.table[manifest.table["split"] != UNLABELLED])
    learned = (others.table["split"] == TRAIN).to_numpy()  # what is measured on is the stronger reason
    near = dict(sorted(copies_between(reviewed, others, scans), key=lambda pair: (not learned[pair[1]], -pair[1])))
    rows = np.array(sorted(near), dtype=np.intp)
    reasons = [
        (
            reviewed.table["path"].iloc[row],
            f"a copy of {others.table['path'].iloc[near[row]]} in {others.table['split'].iloc[near[row]]}",
        )
        for row in rows.tolist()
    ]
    kept = reviewed.table.drop(index=reviewed.table.index[rows])
    excluded = pd.concat([reviewed.excluded, _reasons(reasons)], ignore_index=True)
    if kept.empty:
        raise DataError(f"{where}: nothing of it can be used: {_counted(excluded['reason'])}")
    _say(where, len(kept), excluded)
    return replace(reviewed, table=kept, excluded=excluded)


def _say(where: str, count: int, excluded: pd.DataFrame) -> None:
    _log.info("%s: %d reviewed pictures are taken", where, count)
    if len(excluded):
        _log.warning("%s: %d reviewed pictures are left out: %s", where, len(excluded), _counted(excluded["reason"]))


def _counted(reasons: Iterable[str]) -> str:
    """Reasons with how many pictures have each; copies are one reason, whatever they are of."""
    kinds = Counter(map(_kind, reasons))
    return "; ".join(f"{count} {why}" for why, count in kinds.most_common())


def _kind(why: str) -> str:
    if why.startswith("a copy of "):
        return f"a copy of a picture in {why.rpartition(' in ')[2]}"
    return "one image under two labels" if why.startswith("one image under two labels") else why


def _reasons(listed: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(listed, columns=["path", "reason"], dtype="str")


def _path(pictures: KeptPictures, label: ReviewedLabel) -> str:
    return str(label.path(pictures))
