"""Values as they are typed inside of an override."""

from __future__ import annotations


def quoted(word: str) -> str:
    """A word as a value of an override that may hold any character."""
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
