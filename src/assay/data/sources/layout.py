"""What the folders of a dataset are: classes, splits or one inside the other; where in doubt, that is asked."""

from __future__ import annotations

import os
from pathlib import Path

from assay.config.quoting import typed
from assay.data.listing import is_folder, list_images
from assay.data.split_names import split_of
from assay.data.system_files import is_system
from assay.errors import DataError
from assay.predictions import UNLABELLED

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_DEEPEST = 8
AS_CLASSES = "if they are classes, add data.layout=classes"


def metadata_in(folder: str) -> Path | None:
    """The table beside the images of a folder.

    Raises:
        DataError: there are two.
    """
    present = [path for name in METADATA if (path := Path(folder, name)).is_file()]
    if len(present) > 1:
        raise DataError(f"{folder}: {' and '.join(path.name for path in present)}; keep the one that counts")
    return present[0] if present else None


def folders_in(folder: str) -> list[str]:
    """Folders in a folder, sorted, without those of systems."""
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if not is_system(entry.name) and is_folder(entry))


def split_folders(folders: list[str], where: str) -> dict[str, str]:
    """Path to split of folders that are named like splits and hold folders or metadata; {} where there are none.

    Beside such ones, what is named unlabelled is a split whatever it holds: its pictures need no class folders. A
    folder in which the class folders lie one level deeper, as in `test_set/test_set/cat`, is given by that level.

    Raises:
        DataError: a split without labels, or other folders beside the splits.
    """
    named = {path: split for path in folders if (split := split_of(Path(path).name)) is not None}
    inner = {path: _unwrapped(path, set(named)) for path, split in named.items() if split != UNLABELLED}
    deep = {path for path, below in inner.items() if metadata_in(below) or folders_in(below)}
    bare = [path for path in inner if path not in deep]
    if bare and (deep or (len(named) == len(folders) and len({*named.values()} - {UNLABELLED}) > 1)):
        count = len(list_images(bare[0]).images)
        raise DataError(
            f"{where}: the folder {Path(bare[0]).name} is called like a split and holds {count} images in no class "
            "folders, so nothing can be measured on them; put them into class folders, or call the folder unlabelled"
            + ("" if deep else f"; {AS_CLASSES}")
        )
    if not deep:
        return {}
    splits = {inner.get(path, path): split for path, split in named.items()}
    others = [Path(path).name for path in folders if path not in named]
    if others:
        raise DataError(
            f"{where}: split folders ({', '.join(Path(path).name for path in named)}) beside other folders "
            f"({_few(others)}); move the others away, or say which image is what in metadata.csv; {AS_CLASSES}"
        )
    return splits


def has_splits_in_classes(folders: list[str]) -> bool:
    """Whether the folders are classes that hold splits: `cat/train`, `cat/test`, `dog/train`, `dog/test`."""
    if len(folders) < 2:
        return False
    inside = [{split_of(name) for name in _names_in(path)} for path in folders]
    return all(inside) and None not in set.union(*inside) and len(set.union(*inside) - {UNLABELLED}) > 1


def refuse_hidden_layouts(folders: list[str], where: str) -> None:
    """Folders that would become classes and look like something else: splits by other names, or one level too many.

    Raises:
        DataError: the layout can be read in two ways, or the classes lie deeper.
    """
    inner = {path: _down(path) for path in folders}
    inside = {path: set(_names_in(below)) for path, below in inner.items()}
    first = folders[0]
    if len(folders) == 1 and (inside[first] or metadata_in(inner[first])):
        root = Path(where.partition("=")[2], Path(first).name, os.path.relpath(inner[first], first))
        what = f"the folders of the classes or splits lie in it ({_few(sorted(inside[first]))})"
        if metadata := metadata_in(inner[first]):
            what = f"{metadata.name} lies in it"
        raise DataError(
            f"{where}: holds one folder, {Path(first).name}, and {what}: type {typed('data.root', str(root))}"
        )
    deep = {path: names for path, names in inside.items() if len(names) > 1}
    if len(deep) < 2:
        return
    same = set.intersection(*deep.values())
    if len(same) > 1 and 2 * len(same) >= len(set.union(*deep.values())):
        raise DataError(
            f"{where}: the folders {_few([Path(path).name for path in sorted(deep)])} hold the same folders "
            f"({_few(sorted(same))}), so they may be splits and not classes. Call them train, val, calib or test if "
            "they are splits; if they are patients, places or the like, say in metadata.csv with the columns "
            f"file_name,label,group which image is of which; {AS_CLASSES}"
        )


def _down(folder: str) -> str:
    """The folder at the end of folders that hold nothing but one folder, where that holds folders or metadata."""
    below = folder
    for _ in range(_DEEPEST):
        inside = folders_in(below)
        if len(inside) != 1 or metadata_in(below) or list_images(below, recursive=False).images:
            break
        below = inside[0]
    return below if metadata_in(below) or folders_in(below) else folder


def _unwrapped(folder: str, splits: set[str]) -> str:
    """A split folder, or the one folder in it if that stands for the same: no class of it is in another split.

    Of `test/test` without class folders that inner folder is given too, so that its pictures have no label.
    """
    inside = folders_in(folder)
    if len(inside) != 1 or metadata_in(folder) or list_images(folder, recursive=False).images:
        return folder
    name = Path(inside[0]).name
    if split_of(name) == split_of(Path(folder).name) or name.lower() == Path(folder).name.lower():
        return inside[0]
    elsewhere = {below for other in splits - {folder} for below in _names_in(other)}
    no_class = name not in elsewhere or elsewhere == {name}
    return inside[0] if len(splits) > 1 and no_class and len(folders_in(inside[0])) > 1 else folder


def _names_in(folder: str) -> list[str]:
    return [Path(path).name for path in folders_in(folder)]


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
