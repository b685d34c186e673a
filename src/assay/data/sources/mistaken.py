"""Folders that would be taken for classes, and whose names say that they are splits or no classes at all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from assay.data.sources.layout import AS_CLASSES
from assay.data.split_names import SPLIT_NAMES, split_of
from assay.errors import DataError
from assay.predictions import UNLABELLED

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")
_PICTURES = frozenset({"images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "rawimages"})
_DRAWN = frozenset(
    {"masks", "mask", "labels", "annotations", "annotation", "annots", "segmentation", "groundtruth", "gt"}
)
_DRAWN |= frozenset({"labeltxt", "bboxes", "boxes", "segmentationclass", "segmentationobject", "imagesets"})


def refuse_splits_in_names(folders: Sequence[str], where: str) -> None:
    """Class folders whose names differ in a split alone: `trainA` and `testA`, `cat_train` and `cat_test`, `train2017`.

    Raises:
        DataError: there are such, with where they belong.
    """
    splits: dict[str, dict[str, str]] = defaultdict(dict)
    for folder in folders:
        name = Path(folder).name
        split, rest = _split_and_rest(name)
        if split:
            splits[rest].setdefault(split, name)
    for rest, of_split in splits.items():
        if len(of_split) > 1:
            names = list(of_split.values())
            belongs = f"{next(iter(of_split))}/{rest}" if rest else f"{next(iter(of_split))}/CLASS"
            of_class = f" of the class {rest}" if rest else ""
            raise DataError(
                f"{where}: the folders {', '.join(names)} are called like splits{of_class}, and "
                f"would become classes that differ in nothing. Put the images of {names[0]} into {belongs}, and "
                "the others alike, or say in metadata.csv with the columns file_name,label,split which image is what; "
                f"{AS_CLASSES}"
            )


def refuse_split_beside_classes(folders: Sequence[str], where: str) -> None:
    """A folder among class folders that is called like a split: `cat`, `dog` and `test`, or `unlabelled`.

    `train` is left alone, which is a word for something that is on pictures too.

    Raises:
        DataError: there is one, with where its pictures belong.
    """
    named = {folder: split for folder in folders if (split := split_of(Path(folder).name)) not in (None, "train")}
    if not named or len(folders) == len(named):
        return
    first, split = next(iter(named.items()))
    others = [Path(folder).name for folder in folders if folder not in named]
    label = "an empty label" if split == UNLABELLED else "its class"
    raise DataError(
        f"{where}: the folder {Path(first).name} is called like a split and lies beside {', '.join(others[:3])}"
        f"{' …' if others[3:] else ''}, as if it were a class. Move it away, or say in metadata.csv with the columns "
        f"file_name,label,split which image is what, those of {Path(first).name} with {label} and the split {split}; "
        f"{AS_CLASSES}"
    )


def refuse_other_tasks(folders: Sequence[str], where: str) -> None:
    """Folders of pictures beside folders of masks, boxes or annotations: a dataset of detection or segmentation.

    Raises:
        DataError: that is what they are.
    """
    words = {folder: re.sub(r"[\W_]+", "", Path(folder).name.lower()) for folder in folders}
    pictures = [folder for folder, word in words.items() if word in _PICTURES]
    drawn = [folder for folder, word in words.items() if word in _DRAWN]
    if pictures and drawn and len(pictures) + len(drawn) == len(folders):
        raise DataError(
            f"{where}: {Path(pictures[0]).name} and {Path(drawn[0]).name} are folders of a dataset for detection or "
            "segmentation, and a classifier needs one label per image. Put the images of each class in a folder with "
            f"its name, or write metadata.csv with the columns file_name,label beside them; {AS_CLASSES}"
        )


def _split_and_rest(name: str) -> tuple[str | None, str]:
    """The split that one part of a name means, and the other parts without numbers; None where no part or two do.

    Numbers tell no classes apart here: `train2017` and `val2017`, `train` and `test1`.
    """
    parts = _PARTS.findall(name)
    named = [part for part in parts if part.lower() in SPLIT_NAMES]
    if len(named) != 1:
        return None, ""
    rest = [part for part in parts if part not in named]
    return SPLIT_NAMES[named[0].lower()], "_".join(part for part in rest if not part.isdigit())
