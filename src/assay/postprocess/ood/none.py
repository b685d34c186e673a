"""NoOod: every picture is answered, whatever it shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoOod:
    """Stands for no check at all; nothing is fitted or measured."""
