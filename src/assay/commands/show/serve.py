"""What the terminal shows once a service has ended."""

from __future__ import annotations

from typing import Any

from assay.output import say, write_document
from assay.serving.served import Served
from assay.serving.unit import Unit


def text(result: Served | Unit, request: object) -> None:
    """Say how much it has answered, or print the unit."""
    if isinstance(result, Unit):
        write_document(result.text)
        return
    say(f"ended after {result.pictures} answered pictures")


def document(result: Served | Unit, request: object) -> dict[str, Any]:
    """How much it has answered, or the unit."""
    if isinstance(result, Unit):
        return {"unit": result.text}
    return {"pictures": result.pictures}


def rows(result: Served | Unit, request: object) -> list[dict[str, Any]]:
    """The same as one row."""
    return [document(result, request)]
