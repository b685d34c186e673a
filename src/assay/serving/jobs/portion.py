"""A portion of a job: pictures that are read together, and what became of each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.serving.jobs.source import JobSource
from assay.serving.refusal import Refusal
from assay.serving.upload import refuse_other_formats
from assay.store.jobs import JobItem

if TYPE_CHECKING:
    from assay.serving.result import Result

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadPicture:
    """A picture of a job, or why there is none.

    Attributes:
        number: of the picture, from 0.
        name: as the client has called it.
        content: of its file; b"" where there is none.
        refusal: why not.
    """

    number: int
    name: str
    content: bytes
    refusal: Refusal | None


def read_picture(source: JobSource, number: int) -> ReadPicture:
    """Read one; whatever goes wrong is said with it."""
    name = source.names[number]
    try:
        content = source.read(number)
        refuse_other_formats("The picture", content)
    except Refusal as refusal:
        return ReadPicture(number, name, b"", refusal)
    except Exception:
        _log.exception("picture %d could not be read", number)
        return ReadPicture(number, name, b"", Refusal("fault", "The service has a fault with this picture."))
    return ReadPicture(number, name, content, None)


def items_of(job: str, portion: Sequence[ReadPicture], results: Sequence[Result]) -> list[JobItem]:
    """What became of each.

    Args:
        job: id of it.
        portion: that was read.
        results: of those that could be.
    """
    answered = iter(results)
    items = []
    for each in portion:
        result = next(answered) if each.refusal is None else None
        refusal = each.refusal or (result.refusal if result is not None else None)
        problem = {} if refusal is None else refusal.document(job)
        items.append(JobItem(each.number, each.name, "" if result is None else result.id, problem))
    return items
