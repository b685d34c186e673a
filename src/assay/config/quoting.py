"""Values as they are typed inside of an override, and overrides as they are typed in a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_PLAIN = re.compile(r"(\.{0,2}/|[A-Za-z_])[\w./-]*", re.ASCII)
_MEANT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "inf", "nan"})
"""What Hydra or YAML takes for something else than text."""


def typed(key: str, value: str | Sequence[str]) -> str:
    """An override as it is typed in a shell, whatever its text holds: `data.classes=[mild,severe]`.

    Args:
        key: before the sign.
        value: text, or several for a list.
    """
    words = in_override(value) if isinstance(value, str) else f"[{','.join(map(in_override, value))}]"
    return shlex.quote(f"{key}={words}")


def in_override(word: str) -> str:
    """Text as the value of an override, bare where Hydra leaves it as it is, else in double quotes."""
    if _PLAIN.fullmatch(word) and word.lower() not in _MEANT:
        return word
    # Hydra's quoted strings: a backslash counts only in front of a quote, or of backslashes that end there.
    escaped = re.sub(r'(\\*)(?="|$)', r"\1\1", word).replace('"', '\\"')
    return f'"{escaped}"'
