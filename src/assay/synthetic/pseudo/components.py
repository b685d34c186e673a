"""Principal components of real pictures: what a linear generator knows of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.synthetic.pseudo.generator import ByteImages

MOST_VALUES = 60_000_000
"""Numbers that are decomposed; of larger sets evenly many pictures are taken."""


@dataclass(frozen=True)
class Components:
    """A mean and orthogonal directions.

    Attributes:
        mean: [P], of all channels of all pixels.
        directions: [K, P], unit length, the strongest first.
        spread: [K], standard deviation of the pictures along each.
        rows: [N, P], the pictures less the mean.
    """

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]
    spread: NDArray[np.float32]
    rows: NDArray[np.float32]

    @classmethod
    def of(cls, real: ByteImages, most: int) -> Components:
        """Those of pictures [N, S, S, 3], at most `most` of them, grey or in colour.

        Computed from the products of all pairs of pictures, which are fewer than pixels.
        """
        grey = bool((real == real[..., :1]).all())
        flat = (real[..., 0] if grey else real).reshape(len(real), -1)
        count = max(2, min(len(flat), MOST_VALUES // flat.shape[1]))
        rows = flat[np.linspace(0, len(flat) - 1, count).astype(int)].astype(np.float32)
        mean = rows.mean(0)
        rows -= mean
        values, vectors = np.linalg.eigh((rows @ rows.T).astype(np.float64))
        kept = np.argsort(values)[::-1][: min(most, count - 1)]
        lengths = np.sqrt(np.maximum(values[kept], 1e-6))
        directions = (vectors[:, kept] / lengths).T.astype(np.float32) @ rows
        return cls(mean, directions, (lengths / np.sqrt(count)).astype(np.float32), rows)

    def pictures(self, weights: NDArray[np.floating], side: int) -> NDArray[np.float32]:
        """Float [M, side, side, 3] of weights [M, K'] of the first K' directions."""
        flat = self.mean + weights.astype(np.float32) @ self.directions[: weights.shape[1]]
        pictures = flat.reshape(len(flat), side, side, -1)
        return np.repeat(pictures, 3, -1) if pictures.shape[-1] == 1 else pictures
