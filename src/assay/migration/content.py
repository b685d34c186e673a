"""Content of a table: how many rows, and a sum over all values by which two tables are told apart, in any order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

BYTES = 16


@dataclass(frozen=True)
class Content:
    """What a table holds.

    Attributes:
        rows: how many.
        digest: hex sum, modulo 2**128, of the BLAKE2b digests of all rows; a row that is there twice counts twice.
    """

    rows: int
    digest: str


class Summed:
    """Sums up rows as they pass by, whatever their order."""

    def __init__(self) -> None:
        self._rows, self._sum = 0, 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count these rows in.

        Args:
            rows: of numbers, texts, bytes, truth values, dates and None; of two that are equal in type and value in
                each place, and of no others, the digests are the same.
        """
        for row in rows:
            # Python writes a float so that reading it gives the same bits.
            written = hashlib.blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=BYTES)
            self._rows += 1
            self._sum += int.from_bytes(written.digest())

    @property
    def content(self) -> Content:
        """Of all rows so far."""
        return Content(self._rows, f"{self._sum % 2 ** (8 * BYTES):0{2 * BYTES}x}")
