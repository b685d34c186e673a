"""Values of a command's own words: text as it was typed becomes a truth or a list."""

from __future__ import annotations

from assay.errors import ConfigError


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
