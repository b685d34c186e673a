"""Review: who said what about what, in which form, before and after seeing the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

REVIEW, SKIP, UNDO = "review", "skip", "undo"


@dataclass(frozen=True)
class Review:
    """One thing that a reviewer did about an item.

    Attributes:
        item: id of what it is about.
        reviewer: id of who did it.
        form: name of the form.
        kind: "review", "skip" or "undo", which supersedes another.
        blind: what was chosen before the answer was shown; "" for a skip or an undo, and where nobody knows.
        final: what was chosen in the end.
        override: whether that is another class than the model's.
        reason: for an override.
        comment: in the reviewer's words.
        details: what was chosen beside it, by name of the detail.
        seconds: from the item's appearance to the choice.
        arbiter: whether it decides between others.
        supersedes: id of what is taken back; "" for nothing.
        bundle: hex sha256 of what had answered; "" for none.
        guideline: digest of the guideline that was in force; "" for none.
        form_version: digest of the form by which it was made; set when it is written, unless it says another.
        imported: sha256 of the file that it came with; "" for what was reviewed at the desk.
        id: of its row; set when it is written.
        time: UTC; set when it is written.
        trail: number of its line in the audit trail; set when it is written.
    """

    item: str
    reviewer: str
    form: str
    kind: str = REVIEW
    blind: str = ""
    final: str = ""
    override: bool = False
    reason: str = ""
    comment: str = ""
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0
    arbiter: bool = False
    supersedes: str = ""
    bundle: str = ""
    guideline: str = ""
    form_version: str = ""
    imported: str = ""
    id: str = ""
    time: str = ""
    trail: int = 0


def in_force(rows: Sequence[Review]) -> list[Review]:
    """Reviews and skips that nobody has taken back, in their order.

    Args:
        rows: all of some items.
    """
    undone = {row.supersedes for row in rows if row.kind == UNDO}
    return [row for row in rows if row.kind != UNDO and row.id not in undone]
