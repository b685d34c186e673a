"""Bounds that a constructor states in its signature, `Annotated[float, AtLeast(0)]`, and that config is held to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AtLeast:
    """The value is `low` or more."""

    low: float

    def holds(self, value: float) -> bool:
        """Whether the value is inside."""
        return value >= self.low

    def __str__(self) -> str:
        return f"at least {self.low:g}"


@dataclass(frozen=True)
class Above:
    """The value is more than `low`."""

    low: float

    def holds(self, value: float) -> bool:
        """Whether the value is inside."""
        return value > self.low

    def __str__(self) -> str:
        return f"above {self.low:g}"


@dataclass(frozen=True)
class Below:
    """The value is less than `high`."""

    high: float

    def holds(self, value: float) -> bool:
        """Whether the value is inside."""
        return value < self.high

    def __str__(self) -> str:
        return f"below {self.high:g}"


@dataclass(frozen=True)
class Between:
    """The value is from `low` to `high`, both included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value is inside."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"from {self.low:g} to {self.high:g}"
