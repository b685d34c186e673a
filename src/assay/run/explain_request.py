"""ExplainRequest: which model is explained on which pictures, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import AtLeast
from assay.config.request import Help

DEFAULT_IMAGES = "random,errors"


@dataclass(frozen=True)
class ExplainRequest:
    """The words of the command itself.

    Attributes:
        run: id of a run, or its beginning.
        images: "random", "errors", both, ids, a file or a folder.
        target: "predicted", "true", or the name of a class.
        count: images on each sheet, and in the checks.
        sanity: whether the maps are checked; a command does so by default where random images are shown.
    """

    run: Annotated[
        str,
        Help(
            "id of a run, as the training printed it",
            shown="RUN_ID",
            hint="give run=RUN_ID, the id that a training ends with",
        ),
    ]
    images: Annotated[str, Help("random, errors, both, ids of images (their beginnings), a file, or a folder")] = (
        DEFAULT_IMAGES
    )
    target: Annotated[str, Help("predicted, true, or the name of a class")] = "predicted"
    count: Annotated[int, AtLeast(1), Help("images on each sheet")] = 50
    sanity: Annotated[bool, Help("whether the maps are checked; only done where random images are shown")] = True
