"""What is shown of explanations: what the checks say, and where the pages are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.commands.document import measurement_cells
from assay.output import say

if TYPE_CHECKING:
    from assay.run.explain import Explained


def text(result: Explained, request: object) -> None:
    """Print it."""
    if result.evidence is not None:
        for sentence in result.evidence.verdict:
            say(f"• {sentence}")
    say(f"page     {result.folder / 'index.html'}")
    say(f"form     {result.folder / 'review.csv'}")
    say(f"overlays {result.folder / 'overlays'}")


def document(result: Explained, request: object) -> dict[str, Any]:
    """Folder, and evidence of the checks; null where they were not made."""
    verdict = [] if result.evidence is None else list(result.evidence.verdict)
    return {"folder": result.folder, "computed": result.computed, "verdict": verdict, "evidence": result.evidence}


def rows(result: Explained, request: object) -> list[dict[str, Any]]:
    """One row for each number of the checks; none where they were not made."""
    evidence = result.evidence
    if evidence is None:
        return []
    named = {"deletion": evidence.deletion, "insertion": evidence.insertion}
    named |= {f"randomisation/{part}": measured for part, measured in evidence.randomisation.items()}
    for gain in evidence.gains:
        named |= {f"deletion/over/{gain.over}": gain.deletion, f"insertion/over/{gain.over}": gain.insertion}
    return [{"measure": name, **measurement_cells(measured)} for name, measured in named.items()]
