"""Sample range: which value is white where samples have more than 8 bits, and files hold fewer than their type can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.errors import DataError

FEWEST, MOST = 8, 15
"""Bits that 16-bit files are found to hold where they do not use all of them; a whole range, never an observed maximum,
so that all pictures of a dataset keep their brightness among one another."""


@dataclass(frozen=True)
class SampleRange:
    """How samples of more than 8 bits are scaled to 8.

    Attributes:
        bits: that white has, so that white is 2**bits - 1; None for all that the file's type has.
        stated: whether what a file says of itself counts before `bits`: SMaxSampleValue or MaxSampleValue of a TIFF
            where it is the whole range of a depth, or the sBIT of a PNG that did not scale its samples by it.
    """

    bits: int | None = None
    stated: bool = False

    def __post_init__(self) -> None:
        if self.bits is not None and not 1 <= self.bits <= 16:
            raise DataError(f"samples: white has 1 to 16 bits, got {self.bits}")

    @classmethod
    def from_state(cls, state: Mapping[str, Any] | None) -> SampleRange:
        """From `state`; what an earlier version saved has none, and is scaled by the whole range."""
        return cls(**state) if state else FULL

    def __str__(self) -> str:
        own = f"white is {2**self.bits - 1} ({self.bits} bits)" if self.bits else "white is the largest of their type"
        return f"{own}, unless a file states its own" if self.stated else own

    def state(self) -> dict[str, Any]:
        """The arguments that make it again, as JSON can hold them; {} for the whole range of every file."""
        return {} if self == FULL else {"bits": self.bits, "stated": self.stated}

    def white(self, bits: int, stated: int | None) -> int:
        """The sample that is white in a picture.

        Args:
            bits: of the file's type.
            stated: that the file says it uses; None where it says nothing.
        """
        taken = (stated if self.stated else None) or self.bits or bits
        return int(2 ** min(taken, bits) - 1)


FULL = SampleRange()
