"""A folder of images: class folders, split folders that hold class folders, or a metadata table beside the images."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from assay.config.quoting import typed
from assay.data.build import Reasons, Records, build_manifest
from assay.data.listing import Listing, is_folder, list_images, printable
from assay.data.manifest import Manifest
from assay.data.metadata import located, read_metadata
from assay.data.split_names import split_of
from assay.data.system_files import is_system
from assay.errors import DataError
from assay.predictions import UNLABELLED

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


@dataclass(frozen=True)
class FolderSource:
    """The images under a folder, in the layouts of the Hugging Face imagefolder.

    Class folders: `root/cat/1.jpg`, at any depth below the class. Split folders (train, val, calib, test, or what else
    `split_of` knows): `root/train/cat/1.jpg`, and beside them `root/unlabelled/1.jpg`. Or
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
        layout: "classes" takes the folders for classes although they hold the same folders, as splits do.
    """

    root: str
    classes: list[str] | None = None
    ordered: bool = False
    on_error: Literal["raise", "skip"] = "raise"
    on_conflict: Literal["raise", "drop"] = "raise"
    merge_labels: bool = False
    layout: Literal["auto", "classes"] = "auto"

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
    if metadata := _metadata_in(root):
        return _from_metadata(root, metadata)
    folders = _folders_in(root)
    top = list_images(root, recursive=False)
    splits = _split_folders(folders, where)
    if not folders:
        raise DataError(
            f"{where}: {len(top.images)} images and no folders; put the images of each class in a folder with its "
            "name, or write metadata.csv with the columns file_name,label"
        )
    if not splits and layout == "auto":
        _refuse_hidden_layouts(root, folders, where)
    parts = [_from_split(path, split) for path, split in splits.items()] if splits else [_from_classes(root, folders)]
    listing = Listing(faults=[*top.faults, *((path, "lies in no class folder") for path in top.images)])
    listing.ignored = top.ignored
    for _, part in parts:
        listing.add(part)
    return pd.concat([table for table, _ in parts], ignore_index=True).fillna(""), listing


def _split_folders(folders: list[str], where: str) -> dict[str, str]:
    """Path to split of folders that are named like splits and hold folders or metadata; else they are classes.

    Beside such ones, what is named unlabelled is a split whatever it holds: its pictures need no class folders.
    """
    named = {path: split for path in folders if (split := split_of(Path(path).name)) is not None}
    deep = {path for path, split in named.items() if split != UNLABELLED and (_metadata_in(path) or _folders_in(path))}
    splits = {path: split for path, split in named.items() if path in deep or (deep and split == UNLABELLED)}
    others = [Path(path).name for path in folders if path not in splits]
    bare = [path for path, split in named.items() if path not in splits and split != UNLABELLED]
    if splits and bare:
        count = len(list_images(bare[0]).images)
        raise DataError(
            f"{where}: the folder {Path(bare[0]).name} is called like a split and holds {count} images in no class "
            "folders, so nothing can be measured on them; put them into class folders, or call the folder unlabelled"
        )
    if splits and others:
        raise DataError(
            f"{where}: split folders ({', '.join(Path(path).name for path in splits)}) beside other folders "
            f"({', '.join(others[:5])}{', …' if len(others) > 5 else ''}); move the others away, or say which image is "
            "what in metadata.csv"
        )
    return splits


def _refuse_hidden_layouts(root: str, folders: list[str], where: str) -> None:
    """Folders that would become classes and look like something else: splits by other names, or one level too many.

    Raises:
        DataError: the layout can be read in two ways, or the classes lie a folder deeper.
    """
    inside = {path: {Path(below).name for below in _folders_in(path)} for path in folders}
    if len(folders) == 1 and inside[folders[0]] and not list_images(folders[0], recursive=False).images:
        names = sorted(inside[folders[0]])
        raise DataError(
            f"{where}: holds one folder, {Path(folders[0]).name}, and the folders of the classes or splits lie in it "
            f"({_few(names)}): type {typed('data.root', str(Path(where.partition('=')[2], Path(folders[0]).name)))}"
        )
    deep = {path: names for path, names in inside.items() if len(names) > 1}
    if len(deep) < 2:
        return
    same = set.intersection(*deep.values())
    if len(same) > 1 and 2 * len(same) >= len(set.union(*deep.values())):
        raise DataError(
            f"{where}: the folders {_few([Path(path).name for path in sorted(deep)])} hold the same folders "
            f"({_few(sorted(same))}), so they may be splits and not classes. Call them train, val, calib or test if "
            "they are splits; if they are classes, set data.layout=classes"
        )


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _from_split(folder: str, split: str) -> tuple[pd.DataFrame, Listing]:
    if metadata := _metadata_in(folder):
        table, listing = _from_metadata(folder, metadata)
    elif split == UNLABELLED:
        listing = list_images(folder)
        table = pd.DataFrame({"path": listing.images, "label": ""}, dtype="str")
    else:
        table, listing = _from_classes(folder, _folders_in(folder))
        top = list_images(folder, recursive=False)
        listing.faults += [*top.faults, *((path, "lies in no class folder") for path in top.images)]
        listing.ignored += top.ignored
    if "split" not in table:
        return table.assign(split=split), listing
    return table.assign(split=table["split"].replace("", split)), listing


def _from_classes(root: str, folders: list[str]) -> tuple[pd.DataFrame, Listing]:
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
            f"{metadata}: {len(outside)} paths leave the folder (first: {outside[0]}); they are not followed"
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


def _metadata_in(folder: str) -> Path | None:
    present = [path for name in METADATA if (path := Path(folder, name)).is_file()]
    if len(present) > 1:
        raise DataError(f"{folder}: {' and '.join(path.name for path in present)}; keep the one that counts")
    return present[0] if present else None


def _folders_in(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if not is_system(entry.name) and is_folder(entry))
