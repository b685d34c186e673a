"""What the terminal shows once a service has ended."""

from __future__ import annotations

from typing import Any

from assay.output import say
from assay.serving.serve import Served


def text(result: Served, request: object) -> None:
    """Say how much it has answered."""
    say(f"ended after {result.pictures} answered pictures")


def document(result: Served, request: object) -> dict[str, Any]:
    """How much it has answered."""
    return {"pictures": result.pictures}


def rows(result: Served, request: object) -> list[dict[str, Any]]:
    """The same as one row."""
    return [{"pictures": result.pictures}]
