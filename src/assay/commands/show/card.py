"""What the terminal shows of a card: the card itself, or where it lies and what is still open in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.output import say

if TYPE_CHECKING:
    from assay.cards.write_card import Card


def text(result: Card, request: object) -> None:
    """Print the card, or its file and the places that a person has to fill in."""
    if result.file is None:
        say(result.text.rstrip())
        return
    say(f"written    {result.file}")
    for key, what in result.open.items():
        say(f"• {key} is open: {what}")
    if result.open:
        say("fill these in, there or in a YAML file that about= names")


def document(result: Card, request: object) -> dict[str, Any]:
    """The card as text, its file, and what is open."""
    return {
        "kind": result.kind,
        "name": result.name,
        "card": result.text,
        "file": None if result.file is None else str(result.file),
        "open": result.open,
    }


def rows(result: Card, request: object) -> list[dict[str, Any]]:
    """What is open, a row each."""
    return [{"key": key, "open": what} for key, what in result.open.items()]
