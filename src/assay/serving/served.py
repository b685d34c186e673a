"""Served: a service that has ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Served:
    """A service that has ended.

    Attributes:
        pictures: that it has answered.
    """

    pictures: int
