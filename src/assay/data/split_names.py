"""What people call the splits of a dataset, in folders and in tables."""

from __future__ import annotations

import re

from assay.predictions import UNLABELLED

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "calib": "calib",
    "calibration": "calib",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
    "ood": "ood",
    "unlabelled": UNLABELLED,
    "unlabeled": UNLABELLED,
}
_BEHIND = re.compile(r"(?<=.)(data)?(set|split|data|images|imgs|pictures|photos|folder|dir)$")


def split_of(name: str) -> str | None:
    """The split that a name means, in any case, also with `set`, `data`, `images` and the like behind it.

    `Training_Set`, `test-images`, `valid` and `TRAIN` are such; None is for what means no split.
    """
    word = re.sub(r"[\W_]+", "", name.lower())
    return SPLIT_NAMES.get(word) or SPLIT_NAMES.get(_BEHIND.sub("", word))
