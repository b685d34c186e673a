"""What was sent as a job, told by its first bytes."""

from __future__ import annotations

from pathlib import Path

from assay.serving.jobs.archive import SIGNATURES, PictureArchive
from assay.serving.jobs.source import Bounds, Source
from assay.serving.refusal import Refusal


def open_source(path: Path, bounds: Bounds) -> Source:
    """The pictures of a job.

    Args:
        path: of what was sent.
        bounds: of a job.

    Raises:
        Refusal: it is nothing that is taken.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start in SIGNATURES:
        return PictureArchive(path, bounds)
    raise Refusal("job", "The body begins as none of these.")
