"""What was sent as a job, told by its first bytes."""

from __future__ import annotations

from pathlib import Path

from assay.serving.jobs.addresses import AddressList, Fetch
from assay.serving.jobs.archive import SIGNATURES, PictureArchive
from assay.serving.jobs.source import JobBounds, JobSource
from assay.serving.refusal import Refusal


def open_source(path: Path, bounds: JobBounds, fetch: Fetch | None) -> JobSource:
    """The pictures of a job.

    Args:
        path: of what was sent.
        bounds: of a job.
        fetch: for a list of addresses; None where the service fetches nothing.

    Raises:
        Refusal: it is nothing that is taken.
    """
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(SIGNATURES):
        return PictureArchive(path, bounds)
    if not start or not _is_text(start):
        raise Refusal("job", "The body begins as none of these.")
    if fetch is None:
        raise Refusal("no-fetch", "The operator has not allowed this service to fetch pictures.")
    return AddressList(path, bounds, fetch)


def _is_text(start: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n" for byte in start) and not start.startswith(b"\xff")
