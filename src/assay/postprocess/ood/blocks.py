"""Blocks: embeddings as they are kept, handed out in float64 some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.predictions import FloatArray, IntArray

Float64Array = NDArray[np.float64]

ROWS = 4096


@dataclass(frozen=True, eq=False)
class Blocks:
    """Embeddings whose sums are taken in float64 without a whole copy in float64.

    Attributes:
        rows: [N, D], float32 as a rule.
        normalize: bring each row to length 1.
    """

    rows: FloatArray
    normalize: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[slice, Float64Array]]:
        """Which rows, and these in float64."""
        for start in range(0, len(self.rows), ROWS):
            part = slice(start, start + ROWS)
            block = np.asarray(self.rows[part], dtype=np.float64)
            yield part, unit_length(block) if self.normalize else block

    def mean(self) -> Float64Array:
        """Of all rows, [1, D]."""
        total = np.zeros((1, self.rows.shape[1]))
        for _, block in self:
            total += block.sum(axis=0, keepdims=True)
        return total / len(self)

    def class_means(self, labels: IntArray) -> tuple[Float64Array, IntArray]:
        """Means [K, D] of the classes that have images, and the index of each row's mean, [N]."""
        from scipy.sparse import csr_array

        _, of_row, images = np.unique(labels, return_inverse=True, return_counts=True)
        total = np.zeros((len(images), self.rows.shape[1]))
        for part, block in self:
            members = (np.ones(len(block)), (of_row[part], np.arange(len(block))))
            total += csr_array(members, shape=(len(images), len(block))) @ block
        return total / images[:, None], of_row


def unit_length(rows: Float64Array) -> Float64Array:
    """Rows [N, D] divided by their Euclidean length; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)
