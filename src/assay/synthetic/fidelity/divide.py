"""Divisions of the real images into two halves, so that real can stand against real at the sizes of the rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.measure import Units
from assay.synthetic.fidelity.record import SameSizes


class Division(NamedTuple):
    """Rows [m] of two halves of the real images, which share no group, and of as many generated ones."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    generated: NDArray[np.intp]


def divisions(real: Units, images: int, generated: int, count: int, seed: int) -> list[Division]:
    """Random divisions, each with halves of the same size: the largest that both sides have images for.

    Args:
        real: units of the real images.
        images: how many real images there are.
        generated: how many generated ones.
        count: divisions.
        seed: of the divisions.

    Returns:
        An empty list where a half would have fewer than two images.
    """
    of_image = np.arange(images) if real.of_image is None else real.of_image
    largest = int(np.bincount(of_image).max()) if images else 1
    size = min(generated, (images - largest + 1) // 2)
    if size < 2:
        return []
    divided = []
    for number in range(count):
        rng = np.random.default_rng([seed, number, 2])
        order = np.argsort(rng.permutation(real.count)[of_image], kind="stable")  # a group stays together
        divided.append(Division(order[:size], order[images - size :], rng.permutation(generated)[:size]))
    return divided


def same_sizes(n: int, generated: NDArray[np.float64], real: NDArray[np.float64]) -> SameSizes | None:
    """The reference from the values of each division, [S] each; None where they are undefined."""
    if not len(real) or not (np.isfinite(generated).all() and np.isfinite(real).all()):
        return None
    low, high = np.quantile(real, [0.025, 0.975])
    return SameSizes(n, float(generated.mean()), float(real.mean()), float(low), float(high), len(real))
