"""Labels as text, and the order of classes."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from typing import Any


def as_text(value: Any) -> str:
    """A label or other cell as text: 3 and 3.0 are "3", missing values are ""."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, numbers.Real):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() else str(value)
    return "" if str(value) in ("<NA>", "NaT") else str(value)


def in_order(names: Iterable[str]) -> list[str]:
    """Class names sorted: by value if all are numbers ("2" before "10"), else by their characters."""
    names = list(names)
    if all(_is_number(name) for name in names):
        return sorted(names, key=lambda name: (float(name), name))
    return sorted(names)


def _is_number(name: str) -> bool:
    try:
        return math.isfinite(float(name))
    except ValueError:
        return False
