"""Tables and styled lines in a terminal: strings are text, and style is never written inside of them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from assay.output import visible


def terminal(*, stderr: bool = False) -> Console:
    """A Rich console that takes no markup, no emoji codes and no control characters from what it prints.

    Args:
        stderr: prints there.
    """
    return _Terminal(stderr=stderr, markup=False, emoji=False, highlight=False)


def styled(text: str, style: str = "") -> Text:
    """A piece of text in a style of Rich, such as `bold`, `dim`, `red`."""
    return Text(visible(text), style=style)


def joined(*parts: str | Text, separator: str = "") -> Text:
    """Pieces of text one after another, each in its own style; empty ones are left out."""
    pieces = [part if isinstance(part, Text) else styled(part) for part in parts]
    return Text(separator).join([piece for piece in pieces if piece.plain])


class _Terminal(Console):
    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text), **options)
