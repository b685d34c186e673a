"""Code pages: text of former Windows programs, read where only one reading is possible."""

from __future__ import annotations

import re

_LATIN = ("cp1252", "cp1250", "cp1254")  # what spreadsheets write in Western and Central Europe and in Turkey
_FIRST_LETTER = 0xC0  # below it, code pages of other systems have letters too
_WORD = re.compile(r"[^\W\d_]+")


def western(data: bytes) -> str | None:
    """Text in Windows-1252, where it would be the same in the other Latin code pages; None where it may be another.

    In a word of another alphabet nearly every letter is beyond ASCII, so at least half of each word has to be in it.

    Args:
        data: what is no UTF-8.
    """
    if any(0x7F <= byte < _FIRST_LETTER for byte in data):
        return None
    try:
        text, *others = (data.decode(page) for page in _LATIN)
    except UnicodeDecodeError:
        return None
    beyond = [letter for letter in text if not letter.isascii()]
    if any(other != text for other in others) or not all(letter.isalpha() for letter in beyond):
        return None
    words = _WORD.findall(text)
    return text if all(2 * sum(letter.isascii() for letter in word) >= len(word) for word in words) else None
