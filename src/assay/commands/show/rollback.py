"""What is shown of a rollback: who is champion again, and what was written into the history."""

from __future__ import annotations

import dataclasses
from typing import Any

from assay.output import say
from assay.registry.roll_back import RolledBack


def text(result: RolledBack, request: object) -> None:
    """Print it."""
    for sentence in result.repairs:
        say(f"• {sentence}")
    previous = f"; version {result.previous} is previous" if result.previous else ""
    say(f"{result.name}: version {result.version} is champion again{previous}")
    if result.overridden_by:
        say(f"! the gate refused it: promoted by {result.overridden_by}")
    say(f"written into the history by {result.author}: {result.reason}")


def document(result: RolledBack, request: object) -> dict[str, Any]:
    """The same as values."""
    return dataclasses.asdict(result)


def rows(result: RolledBack, request: object) -> list[dict[str, Any]]:
    """One row, without what a killed process had left."""
    return [{key: value for key, value in document(result, request).items() if key != "repairs"}]
