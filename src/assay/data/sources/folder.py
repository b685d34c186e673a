"""A folder of images: class folders, split folders that hold class folders, or a metadata table beside the images."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from assay.data.build import Reasons, Records, build_manifest
from assay.data.listing import Listing, list_images, printable
from assay.data.manifest import Manifest
from assay.data.metadata import located, read_metadata
from assay.data.sources.layout import (
    folders_in,
    has_splits_in_classes,
    metadata_in,
    refuse_hidden_layouts,
    split_folders,
)
from assay.data.sources.mistaken import refuse_other_tasks, refuse_split_beside_classes, refuse_splits_in_names
from assay.data.split_names import split_of
from assay.errors import DataError
from assay.predictions import UNLABELLED


@dataclass(frozen=True)
class FolderSource:
    """The images under a folder, in the layouts of the Hugging Face imagefolder.

    Class folders: `root/cat/1.jpg`, at any depth below the class. Split folders (train, val, calib, test, or what else
    `split_of` knows): `root/train/cat/1.jpg`, and beside them `root/unlabelled/1.jpg`; or the other way round,
    `root/cat/train/1.jpg`. Or
    `metadata.csv|jsonl|parquet` in the root or in each split folder, with `file_name` and `label` and optionally
    `split`, `group`, `source`, `ood_set`, `generator`, `license`.

    Attributes:
        root: the folder.
        classes: names of the classes in their order; None sorts them, numbers by value.
        ordered: whether the classes are grades, in their order.
        on_error: "raise" refuses a dataset with unusable files, "skip" excludes and records them.
        on_conflict: for an image under two labels or a group in two splits, "raise" refuses it, "drop" excludes what
            stands against another.
        merge_labels: whether labels that are nearly equal are one class.
        layout: "classes" takes the folders for classes whatever they are called and hold.
        lists_root: whatever lies below `root` is asked whether it is an image, so that nothing else goes there.
    """

    root: str
    classes: list[str] | None = None
    ordered: bool = False
    on_error: Literal["raise", "skip"] = "raise"
    on_conflict: Literal["raise", "drop"] = "raise"
    merge_labels: bool = False
    layout: Literal["auto", "classes"] = "auto"
    lists_root: ClassVar[bool] = True

    def build(self, cache_dir: Path) -> Manifest:
        """All images; the split is "" where the layout gives none.

        Raises:
            DataError: no folder, no layout that can be told, or images that cannot be used.
        """
        root = os.path.abspath(os.path.expanduser(self.root))  # noqa: PTH100, PTH111  # links are kept as they are
        where = f"data.root={self.root}"
        if not os.path.isdir(root):  # noqa: PTH112
            hint = "; for a table use data=table data.path=FILE" if os.path.exists(root) else ""  # noqa: PTH110
            raise DataError(f"{where}: no such folder{hint}")
        table, listing = _read(root, where, self.layout)
        if "source" not in table:
            table["source"] = Path(root).name
        return build_manifest(
            Records(table, listing.faults, listing.ignored, self.classes, self.ordered, self.merge_labels),
            cache_dir,
            where=where,
            on_error=self.on_error,
            on_conflict=self.on_conflict,
        )


def _read(root: str, where: str, layout: str) -> tuple[pd.DataFrame, Listing]:
    if metadata := metadata_in(root):
        return _from_metadata(root, metadata)
    folders = folders_in(root)
    top = list_images(root, recursive=False)
    if not folders:
        raise DataError(
            f"{where}: {len(top.images)} images and no folders; put the images of each class in a folder with its "
            "name, or write metadata.csv with the columns file_name,label"
        )
    if layout == "auto":
        refuse_other_tasks(folders, where)
    splits = split_folders(folders, where) if layout == "auto" else {}
    if splits:
        for path in splits:
            refuse_other_tasks([] if metadata_in(path) else folders_in(path), f"{where}, {Path(path).name}")
        parts = [_from_split(path, split) for path, split in splits.items()]
    elif layout == "auto" and has_splits_in_classes(folders):
        parts = [_from_class_with_splits(folder) for folder in folders]
    else:
        if layout == "auto":
            refuse_hidden_layouts(folders, where)
            refuse_splits_in_names(folders, where)
            refuse_split_beside_classes(folders, where)
        parts = [_from_classes(folders)]
    listing = Listing(faults=[*top.faults, *((path, "lies in no class folder") for path in top.images)])
    listing.ignored = top.ignored
    for _, part in parts:
        listing.add(part)
    return pd.concat([table for table, _ in parts], ignore_index=True).fillna(""), listing


def _from_split(folder: str, split: str) -> tuple[pd.DataFrame, Listing]:
    if metadata := metadata_in(folder):
        table, listing = _from_metadata(folder, metadata)
    elif split == UNLABELLED:
        listing = list_images(folder)
        table = pd.DataFrame({"path": listing.images, "label": ""}, dtype="str")
    else:
        table, listing = _from_classes(folders_in(folder))
        listing.add(_loose(folder, "class"))
    if "split" not in table:
        return table.assign(split=split), listing
    return table.assign(split=table["split"].replace("", split)), listing


def _from_class_with_splits(folder: str) -> tuple[pd.DataFrame, Listing]:
    listing = _loose(folder, "split")
    splits: list[str | None] = []
    for below in folders_in(folder):
        of_split = list_images(below)
        splits += [split_of(Path(below).name)] * len(of_split.images)
        listing.add(of_split)
    table = pd.DataFrame({"path": listing.images, "label": Path(folder).name, "split": splits}, dtype="str")
    return table.assign(label=table["label"].mask(table["split"] == UNLABELLED, "")), listing


def _loose(folder: str, kind: str) -> Listing:
    """What lies in a folder itself, where images belong into a folder of a class or split below it."""
    top = list_images(folder, recursive=False)
    return Listing([], [*top.faults, *((path, f"lies in no {kind} folder") for path in top.images)], top.ignored)


def _from_classes(folders: list[str]) -> tuple[pd.DataFrame, Listing]:
    listing = Listing()
    labels: list[str] = []
    for folder in folders:
        of_folder = list_images(folder)
        labels += [Path(folder).name] * len(of_folder.images)
        listing.add(of_folder)
        if not of_folder.images and not of_folder.faults:
            others = Counter(Path(path).suffix or "no suffix" for path, _ in of_folder.ignored)
            message = (
                "; it holds " + ", ".join(f"{n} × {suffix}" for suffix, n in sorted(others.items())) if others else ""
            )
            listing.faults.append((printable(folder), f"a class folder without images{message}"))
    return pd.DataFrame({"path": listing.images, "label": labels}, dtype="str"), listing


def _from_metadata(folder: str, metadata: Path) -> tuple[pd.DataFrame, Listing]:
    table = read_metadata(metadata)
    paths = [located(name, folder, inside=folder) for name in table["path"]]
    outside = [name for name, path in zip(table["path"], paths, strict=True) if path is None]
    if outside:
        raise DataError(
            f"{metadata}: {len(outside)} paths leave the folder (first: {outside[0]}); they are not followed: write "
            "them as they lead on from it"
        )
    if "split" not in table:
        tops = [name.replace("\\", "/").removeprefix("./").partition("/") for name in table["path"]]
        if all(rest and split_of(top) is not None for top, _, rest in tops):
            table["split"] = [top for top, _, _ in tops]
    table["path"] = paths
    listing = list_images(folder)
    unlisted: Reasons = [(path, f"not listed in {metadata.name}") for path in sorted({*listing.images} - {*paths})]
    ignored = [entry for entry in listing.ignored if entry[0] != str(metadata)]
    # A file that the table does not ask for is no fault, whatever is wrong with it.
    return table, Listing(images=[], ignored=ignored + listing.faults + unlisted)
