"""Values of a command's own words: text as it was typed becomes a number, a truth or a list."""

from __future__ import annotations

import math

from assay.errors import ConfigError


def whole(key: str, text: str, *, least: int = 1, most: int | None = None) -> int:
    """A whole number.

    Raises:
        ConfigError: it is none, or outside of `least` to `most`.
    """
    value = int(text) if text.isdecimal() else -1
    if value < least or (most is not None and value > most):
        bounds = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise ConfigError(f"{key}: must be a whole number {bounds}, got {text!r}")
    return value


def number(key: str, text: str, *, least: float, most: float) -> float:
    """A number.

    Raises:
        ConfigError: it is none, or outside of `least` to `most`.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ConfigError(f"{key}: must be a number from {least:g} to {most:g}, got {text!r}")
    return value


def truth(key: str, text: str) -> bool:
    """True or false.

    Raises:
        ConfigError: it is neither.
    """
    if text.lower() not in ("true", "false"):
        raise ConfigError(f"{key}: must be true or false, got {text!r}")
    return text.lower() == "true"


def listed(text: str) -> tuple[str, ...]:
    """The entries of `a,b` or `[a, b]`, each once, in their order; nothing gives none."""
    return tuple(dict.fromkeys(entry.strip() for entry in text.strip("[]() ").split(",") if entry.strip()))
