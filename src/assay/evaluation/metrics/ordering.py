"""Images in the order of a score, gathered in cells: what every metric of ranks is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.family import Float64Array

GRID = 2048


@dataclass(frozen=True)
class Ordering:
    """Images sorted by score, highest first; equal scores share a cell.

    Attributes:
        images: [N], image indices, highest score first.
        cells: [N], the cell of each of them, ascending from 0.
        yes: float64 [cells], images of the first kind in each cell.
        no: float64 [cells], images of the second kind in each cell.
    """

    images: NDArray[np.int64]
    cells: NDArray[np.int64]
    yes: Float64Array
    no: Float64Array

    @classmethod
    def by(cls, score: Float64Array, kind: NDArray[np.bool_]) -> Ordering:
        """Order images by a score.

        Args:
            score: [N], higher comes first.
            kind: [N], True for images of the first kind.
        """
        images = np.argsort(-score, kind="stable")
        ordered = score[images]
        cells = np.zeros(len(score), dtype=np.int64)
        np.cumsum(ordered[1:] != ordered[:-1], out=cells[1:])
        return cls._of(images, cells, kind)

    @classmethod
    def _of(cls, images: NDArray[np.int64], cells: NDArray[np.int64], kind: NDArray[np.bool_]) -> Ordering:
        everything = np.bincount(cells).astype(np.float64)
        yes = np.bincount(cells, weights=kind[images], minlength=len(everything))
        return cls(images, cells, yes.astype(np.float64), everything - yes)

    def coarse(self, kind: NDArray[np.bool_], *, grid: int = GRID) -> Ordering:
        """The same order in at most about `grid` cells; unchanged when it has no more than that.

        Neighbours are merged until a cell holds 2 / grid of either kind, so that the rarer kind is resolved as finely
        as the common one.
        """
        if len(self.yes) <= grid:
            return self
        mass = np.zeros(len(self.yes))
        for counts in (self.yes, self.no):
            if counts.any():
                mass += (np.cumsum(counts) - counts / 2) / counts.sum()
        coarse = np.minimum(np.floor(mass * grid / 2), grid - 1)
        renumbered = np.zeros(len(coarse), dtype=np.int64)
        np.cumsum(coarse[1:] != coarse[:-1], out=renumbered[1:])
        return self._of(self.images, renumbered[self.cells], kind)
