"""Settling: what the reviews that stand make of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.review.item import DISPUTED, OPEN, SETTLED
from assay.review.review import REVIEW, Review, in_force


@dataclass(frozen=True)
class Settled:
    """How far an item is.

    Attributes:
        state: "open", "disputed" or "settled".
        outcome: what was agreed or arbitrated; "" where nothing is yet.
    """

    state: str
    outcome: str = ""


def settled(wanted: int, rows: Sequence[Review]) -> Settled:
    """What an item is after these rows; the same whatever was done and taken back before.

    Args:
        wanted: reviewers that are asked; 0 for everybody, which never settles.
        rows: all of the item.
    """
    standing = [row for row in in_force(rows) if row.kind == REVIEW]
    arbiters = [row for row in standing if row.arbiter]
    if arbiters:
        return Settled(SETTLED, arbiters[-1].final)
    choices = {row.final for row in standing}
    if not wanted or len(standing) < wanted:
        return Settled(OPEN)
    return Settled(SETTLED, standing[0].final) if len(choices) == 1 else Settled(DISPUTED)
