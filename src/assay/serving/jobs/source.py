"""What the pictures of a job are read from, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from assay.serving.refusal import Refusal


@dataclass(frozen=True)
class JobBounds:
    """What is taken as a job.

    Attributes:
        pictures: at most.
        picture_bytes: of each, at most.
        job_bytes: of all that is sent, at most.
    """

    pictures: int
    picture_bytes: int
    job_bytes: int


class JobSource(Protocol):
    """Pictures with numbers from 0.

    Attributes:
        kind: of what was sent.
        names: of the pictures, as the client has called them.
    """

    kind: str
    names: list[str]

    def read(self, number: int) -> bytes:
        """The bytes of a picture; threads may ask at the same time.

        Raises:
            Refusal: it is not to be had; the others are.
        """

    def close(self) -> None:
        """Let go of what was opened."""


def refuse_number(pictures: int, bounds: JobBounds) -> None:
    """Return where a job may have so many pictures.

    Raises:
        Refusal: there are none, or too many.
    """
    if pictures == 0:
        raise Refusal("request", "There is no picture in the job.")
    if pictures > bounds.pictures:
        raise Refusal("too-large", f"{pictures} pictures; a job takes at most {bounds.pictures}.")
