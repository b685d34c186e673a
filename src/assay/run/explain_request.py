"""ExplainRequest: which model is explained on which pictures, and how."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_IMAGES = "random,errors"


@dataclass(frozen=True)
class ExplainRequest:
    """The words of the command itself.

    Attributes:
        run: id of a run, or its beginning.
        images: "random", "errors", both, ids, a file or a folder.
        target: "predicted", "true", or the name of a class.
        count: images on each sheet, and in the checks.
        sanity: whether the maps are checked; by default where random images are shown.
    """

    run: str
    images: str = DEFAULT_IMAGES
    target: str = "predicted"
    count: int = 50
    sanity: bool = True
