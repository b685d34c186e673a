"""Generated images from a folder, a table or a manifest, as a Manifest with the classes of the real dataset."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from assay.data.build import Reasons, Records, build_manifest
from assay.data.listing import Listing, is_folder, list_images
from assay.data.manifest import Manifest
from assay.data.metadata import located, read_metadata
from assay.data.sources.table import is_manifest
from assay.data.system_files import is_system
from assay.errors import ConfigError, DataError, did_you_mean

Layout = Literal["auto", "class", "generator"]


def read_synthetic(
    entry: str,
    class_names: tuple[str, ...],
    cache_dir: Path,
    *,
    layout: Layout = "auto",
    places: tuple[str, ...] | None = None,
) -> Manifest:
    """All generated images, in the split train; `generator` is never empty.

    A folder holds a folder for each class, or `<generator>/<class>/`; classes are called by their names, or 0 to C - 1.
    Files that cannot be read, and those of classes that the dataset has not, are left out and recorded.

    Args:
        entry: a folder, a saved manifest, or a table as `data=table` takes it.
        class_names: of the real dataset.
        cache_dir: where scans are kept.
        layout: "class", "generator", or "auto", which looks at the names of the folders.
        places: the classes that places count, where one that is held out is not among `class_names`.

    Raises:
        ConfigError: no such layout.
        DataError: no such file or folder, none of its classes is the dataset's, an image is meant for another split
            than train, or nothing can be used.
    """
    where = f"synthetic={entry}"
    if layout not in get_args(Layout):
        raise ConfigError(f"synthetic.layout={layout}: no such layout; {did_you_mean(layout, get_args(Layout))}")
    places = places or class_names
    path = synthetic_place(entry)
    if path.is_dir():
        table, faults = _from_folder(path, class_names, places, layout, where)
    else:
        table, faults = _from_table(path, class_names, places, where)
    table["split"] = "train"
    if table.empty:
        first = f" (first: {': '.join(faults[0])})" if faults else ""
        raise DataError(f"{where}: no image of a class of the dataset{first}")
    records = Records(table, faults, class_names=class_names)
    return build_manifest(records, cache_dir, where=where, on_error="skip", on_conflict="drop")


def synthetic_place(entry: str) -> Path:
    """Where the generated images of an entry are; see `read_synthetic`.

    Raises:
        DataError: no such file or folder.
    """
    path = Path(os.path.abspath(Path(entry).expanduser()))  # noqa: PTH100  # links are kept as they are
    if not path.exists():
        raise DataError(f"synthetic={entry}: no such file or folder")
    return path


def class_folders(
    folders: Iterable[str], class_names: tuple[str, ...], places: tuple[str, ...] | None = None
) -> dict[str, str]:
    """Folder name -> class, for folders that are called like classes, or by the classes' places where none is."""
    names = {_plain(name): name for name in class_names}
    folders = list(folders)
    named = {folder: names[_plain(folder)] for folder in folders if _plain(folder) in names}
    if named:
        return named
    numbers = {str(index): name for index, name in enumerate(places or class_names) if name in class_names}
    return {folder: numbers[folder] for folder in folders if folder in numbers}


def _from_folder(
    root: Path, class_names: tuple[str, ...], places: tuple[str, ...], layout: Layout, where: str
) -> tuple[pd.DataFrame, Reasons]:
    top = _folders_in(root)
    second = {path: _folders_in(path) for path in top}
    matching = class_folders([path.name for path in top], class_names, places)
    nested = any(class_folders([path.name for path in inner], class_names, places) for inner in second.values())
    if layout == "auto":
        named = any(_plain(path.name) in map(_plain, class_names) for path in top)
        if matching and nested and not named:
            raise DataError(
                f"{where}: the folders {', '.join(matching)} and those in them are both called like classes or their "
                "places; call the outer ones like generators, or those of classes by the names of the classes "
                f"({', '.join(class_names[:5])})"
            )
        layout = "class" if matching or not nested else "generator"
    if (layout == "class" and not matching) or (layout == "generator" and not nested):
        seen = [
            path.name
            for path in (top if layout == "class" else [folder for inner in second.values() for folder in inner])
        ]
        raise DataError(
            f"{where}: no folder is called like a class of the dataset: "
            f"{did_you_mean(seen[0] if seen else '', class_names)}. A folder for each class, by name or by place (0 to "
            f"{len(places) - 1}), or GENERATOR/CLASS, is needed; found: {', '.join(seen[:5]) or 'no folders'}"
        )
    rows: list[tuple[str, str, str]] = []
    listing = list_images(str(root), recursive=False)
    faults = [*listing.faults, *((path, "lies in no class folder") for path in listing.images)]
    for generator, folders in (
        {root.name: top} if layout == "class" else {p.name: f for p, f in second.items()}
    ).items():
        if layout == "generator":
            beside = list_images(str(root / generator), recursive=False)
            faults += [*beside.faults, *((path, "lies in no class folder") for path in beside.images)]
        classes = class_folders([path.name for path in folders], class_names, places)
        for folder in folders:
            listed: Listing = list_images(str(folder))
            faults += listed.faults
            if folder.name in classes:
                rows += [(path, classes[folder.name], generator) for path in listed.images]
            else:
                faults += [(path, f"{folder.name} is no class of the dataset") for path in listed.images]
    table = pd.DataFrame(rows, columns=["path", "label", "generator"], dtype="str")
    return table.assign(source="synthetic/" + table["generator"]), faults


def _from_table(
    path: Path, class_names: tuple[str, ...], places: tuple[str, ...], where: str
) -> tuple[pd.DataFrame, Reasons]:
    if is_manifest(path):
        saved = Manifest.load(path)
        table = saved.table[["id", "path", "split", "group", "source", "generator", "license"]]
        table = table.assign(label=[saved.class_names[label] if label >= 0 else "" for label in saved.labels])
    else:
        table = read_metadata(path)
        table["path"] = [located(name, str(path.parent)) for name in table["path"]]
    for column in ("split", "generator", "source"):
        table[column] = table.get(column, "")
    elsewhere = ~table["split"].str.strip().str.lower().isin(("", "train", "training"))
    if elsewhere.any():
        first = table[elsewhere].iloc[0]
        raise DataError(
            f"{where}: {int(elsewhere.sum())} generated images are meant for another split than train (first: "
            f"{first['path']}: {first['split']}); generated images are never measured on"
        )
    table["generator"] = table["generator"].mask(table["generator"] == "", path.stem)
    table["source"] = table["source"].mask(table["source"] == "", "synthetic/" + table["generator"])
    classes = class_folders(table["label"].unique(), class_names, places)
    if not classes:
        raise DataError(
            f"{where}: no label is a class of the dataset; {did_you_mean(str(table['label'].iloc[0]), class_names)}"
        )
    known = table["label"].isin(classes)
    faults = [
        (str(name), f"{label} is no class of the dataset")
        for name, label in zip(table["path"][~known], table["label"][~known], strict=True)
    ]
    table = table[known].assign(label=table["label"][known].map(classes))
    return table.reset_index(drop=True), faults


def _folders_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if not is_system(entry.name) and is_folder(entry))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().replace("_", " ").replace("-", " ").strip()
