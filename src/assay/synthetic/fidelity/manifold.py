"""Precision, recall, density and coverage: is what was generated plausible, and does it show all there is."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]

PRECISION_NEIGHBOURS, DENSITY_NEIGHBOURS = 3, 5
FEWEST = DENSITY_NEIGHBOURS + 1


class Manifolds(NamedTuple):
    """What each image says; a share is a mean.

    Attributes:
        precise: [m] bool, the generated image lies within reach of a real one, its third nearest real neighbour away.
        recalled: [n] bool, the real image lies within such reach of a generated one.
        dense: [m] float, in how many fifths of reaches (of the fifth neighbour) of real images the generated one lies.
        covered: [n] bool, a generated image lies within the reach of the real one.
    """

    precise: NDArray[np.bool_]
    recalled: NDArray[np.bool_]
    dense: NDArray[np.float64]
    covered: NDArray[np.bool_]


def squared_distances(first: NDArray[np.floating], second: NDArray[np.floating]) -> Float32Array:
    """Squared Euclidean distances [n, m] of features [n, D] and [m, D]; of an image to itself exactly 0."""
    left, right = first.astype(np.float64), second.astype(np.float64)
    squared = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None] - 2 * left @ right.T
    if first is second:
        np.fill_diagonal(squared, 0)
    return cast(Float32Array, np.maximum(squared, 0).astype(np.float32))


def manifolds(real: Float32Array, generated: Float32Array, across: Float32Array) -> Manifolds:
    """Who lies within whose reach.

    Args:
        real: squared distances among real images, [n, n], n at least `FEWEST`.
        generated: among generated ones, [m, m], m at least `FEWEST`.
        across: from real to generated, [n, m].

    Source: precision and recall Kynkäänniemi et al. (2019), k = 3; density and coverage Naeem et al. (2020), k = 5.
    torch-fidelity gives the first two with the generated set as input 1.
    """
    reach = np.partition(real, (PRECISION_NEIGHBOURS, DENSITY_NEIGHBOURS), axis=1)
    of_real, wide = reach[:, PRECISION_NEIGHBOURS], reach[:, DENSITY_NEIGHBOURS]
    of_generated = np.partition(generated, PRECISION_NEIGHBOURS, axis=1)[:, PRECISION_NEIGHBOURS]
    return Manifolds(
        precise=np.asarray((across <= of_real[:, None]).any(axis=0)),
        recalled=np.asarray((across <= of_generated[None]).any(axis=1)),
        dense=(across < wide[:, None]).sum(axis=0) / DENSITY_NEIGHBOURS,
        covered=across.min(axis=1) < wide,
    )
