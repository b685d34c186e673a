"""What is asked of `assay review queue`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.request import Help
from assay.serving.sample_request import SampleRequest

ALL = "all"


@dataclass(frozen=True)
class QueueRequest(SampleRequest):
    """The words of `assay review queue`, by which something is queued.

    Attributes:
        predictions: ids of answers, a file with one in each line, or "all"; () for none.
        since: UTC, from when on answers are meant; "" for all.
        source: why answers are queued.
        files: folder of pictures; "" for none.
        known: folder of pictures whose class is known; "" for none.
    """

    predictions: Annotated[
        tuple[str, ...], Help("to queue: ids of answers, [id,id]; a file with an id in each line; or all", shown="FILE")
    ] = ()
    since: Annotated[str, Help("answers from then on, UTC, as 2026-11-01", shown="DATE")] = ""
    source: Annotated[
        Literal["drift", "feedback", "audit"], Help("why answers are queued, as reviewers and reports see it")
    ] = "drift"
    files: Annotated[str, Help("to queue: folder of pictures, or of a folder for each class", shown="DIR")] = ""
    known: Annotated[
        str, Help("to queue: folder of a folder for each class, whose pictures measure reviewers", shown="DIR")
    ] = ""
