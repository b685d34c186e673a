"""Deletion and insertion: how fast an answer goes, or comes, when places are taken in the order of a map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.explanation import GAUSSIAN, MAP, RANDOM
from assay.explain.heat import enlarged
from assay.explain.maps import Maps
from assay.predictions import FloatArray, IntArray

Pixels = NDArray[np.uint8]
Probabilities = Callable[[Pixels], FloatArray]
"""uint8 [B, 3, S, S] to the model's probabilities [B, C]."""

STEPS = 10
_MOST_CELLS = 14
_SMALLEST_CELL = 4


@dataclass(frozen=True)
class Curves:
    """Probability of the explained class in one picture, by order, at 0, 1/`STEPS`, …, 1 of the cells.

    Attributes:
        deletion: [STEPS + 1] by order.
        insertion: likewise.
    """

    deletion: Mapping[str, FloatArray]
    insertion: Mapping[str, FloatArray]


def curves(
    picture: Pixels,
    entry: Maps,
    target: int,
    probabilities: Probabilities,
    *,
    blank: Pixels,
    rng: np.random.Generator,
) -> Curves:
    """Delete and insert the cells of a picture in the order of its map, of a random one and of a centred Gaussian.

    Places are square cells, so that a coarse and a fine map disturb the picture in the same way. The random map has the
    grain of the map: scattered cells leave edges all over the picture, which is another disturbance than one region.
    Cells of equal value are taken in random order, so an empty map is no better than chance.

    Args:
        picture: uint8 [3, S, S], as the network gets it.
        entry: [h, w].
        target: the class that the map explains.
        probabilities: the model.
        blank: uint8 [3, S, S], shows through where cells are deleted.
        rng: of the random order.

    Source: Petsiuk et al. (2018), section 3.3, with cells for pixels and the same blank for both curves.
    """
    size = picture.shape[-1]
    cell_of_pixel = cells_of(size)
    orders = {
        MAP: falling(_cell_means(enlarged(entry, size), cell_of_pixel), rng),
        RANDOM: falling(_cell_means(enlarged(random_map(entry, cell_of_pixel, rng), size), cell_of_pixel), rng),
        GAUSSIAN: falling(_cell_means(_centred(size), cell_of_pixel), rng),
    }
    variants = [picture, blank]
    for order in orders.values():
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        for step in range(1, STEPS):
            first = (rank < round(step * len(order) / STEPS))[cell_of_pixel]
            variants += [np.where(first, blank, picture), np.where(first, picture, blank)]
    scores = probabilities(np.stack(variants))[:, target]
    whole, none, inner = scores[0], scores[1], scores[2:].reshape(len(orders), STEPS - 1, 2)
    return Curves(
        deletion={name: np.r_[whole, inner[row, :, 0], none] for row, name in enumerate(orders)},
        insertion={name: np.r_[none, inner[row, :, 1], whole] for row, name in enumerate(orders)},
    )


def area(curve: FloatArray) -> float:
    """Area under a curve over [0, 1], by trapezoids."""
    return float(np.trapezoid(curve, dx=1 / (len(curve) - 1)))


def cells_of(size: int) -> IntArray:
    """[S, S], the cell that each pixel belongs to: 14 by 14 cells, fewer where they would be under 4 pixels wide."""
    side = max(1, min(_MOST_CELLS, size // _SMALLEST_CELL))
    along = np.arange(size) * side // size
    return along[:, None] * side + along


def falling(values: FloatArray, rng: np.random.Generator) -> IntArray:
    """Indices from the largest value to the smallest, equal ones in random order."""
    return np.lexsort((rng.random(len(values)), -values))


def random_map(entry: Maps, cell_of_pixel: IntArray, rng: np.random.Generator) -> Maps:
    """Noise of as many places as the map has, or as there are cells where the map is finer."""
    side = min(len(entry), round(np.sqrt(cell_of_pixel.max() + 1)))
    return rng.random((side, side), dtype=np.float32)


def _centred(size: int) -> FloatArray:
    along = (np.arange(size) - (size - 1) / 2) / (size / 4)
    return np.exp(-0.5 * (along[:, None] ** 2 + along**2))


def _cell_means(values: FloatArray, cell_of_pixel: IntArray) -> FloatArray:
    cells = cell_of_pixel.ravel()
    # Rounded, so that cells that are equal by symmetry are equal.
    return (np.bincount(cells, weights=values.ravel()) / np.bincount(cells)).astype(np.float32)
