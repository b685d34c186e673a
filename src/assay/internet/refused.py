"""Refused: why an address is not connected to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818  # says what it is for whoever asked
    """Nothing is fetched from an address.

    Attributes:
        detail: what is wrong with it.
    """

    detail: str
