"""What the terminal shows of the audit trail."""

from __future__ import annotations

from typing import Any

from assay.output import say
from assay.serving.verify_trail import TrailResult


def text(result: TrailResult, request: object) -> None:
    """Print what it holds, its head, and what does not hold."""
    for kind, count in result.lines.items():
        say(f"{count:>9}  {kind}")
    say(f"head       {result.head}")
    for finding in result.findings:
        say(f"✗ {finding}")
    if not result.findings:
        say("✓ it holds: no line was changed, removed, put in or cut off")


def document(result: TrailResult, request: object) -> dict[str, Any]:
    """The same as JSON values."""
    return {"lines": result.lines, "head": result.head, "findings": list(result.findings)}


def rows(result: TrailResult, request: object) -> list[dict[str, Any]]:
    """One row for each finding."""
    return [{"finding": finding} for finding in result.findings]


def ending(result: TrailResult, request: object) -> None:
    """Exit with 1 where something does not hold."""
    if result.findings:
        raise SystemExit(1)
