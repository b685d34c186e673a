"""The text of consent as a page shows it: headings and paragraphs, each in its own language."""

from __future__ import annotations

import re
from dataclasses import dataclass

THAI = re.compile(r"[\u0e00-\u0e7f]")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@dataclass(frozen=True)
class TextBlock:
    """A heading or a paragraph.

    Attributes:
        heading: whether it is a heading.
        language: code of its language, by its script.
        parts: (bold, text) in their order.
    """

    heading: bool
    language: str
    parts: tuple[tuple[bool, str], ...]


def consent_blocks(text: str, language: str = "") -> list[TextBlock]:
    """The blocks of a text of consent, without the line that names its version.

    Args:
        text: headings behind `#`, bold words between two asterisks; anything else is shown as it is written.
        language: whose blocks come first; "" leaves all where they are.
    """
    _, _, rest = text.partition("\n")
    pieces = [piece.strip() for piece in re.split(r"\n\s*\n", rest)]
    return sorted(
        (_block(piece) for piece in pieces if piece), key=lambda block: bool(language) and block.language != language
    )


def _block(piece: str) -> TextBlock:
    heading = piece.startswith("#")
    words = " ".join(piece.lstrip("# ").split())
    parts = tuple((place % 2 == 1, part) for place, part in enumerate(BOLD.split(words)) if part)
    return TextBlock(heading, "th" if THAI.search(words) else "en", parts)
