"""PseudoGenerator: what makes pictures of real ones that look real at a glance, and are not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

ByteImages = NDArray[np.uint8]
PREFIX = "pseudo-"
"""Before the name, where a manifest names the generator of a picture."""


class PseudoGenerator(ABC):
    """Base of all pseudo-generators.

    Attributes:
        name: in a config.
    """

    name: ClassVar[str]

    @abstractmethod
    def draw(self, real: ByteImages, count: int, rng: np.random.Generator) -> ByteImages:
        """Pictures.

        Args:
            real: uint8 [N, S, S, 3] of the split train, two or more, left alone; all that is learned from.
            count: of pictures.
            rng: the only source of randomness.

        Returns:
            uint8 [count, S, S, 3].
        """


def rounded(values: NDArray[np.floating[Any]]) -> ByteImages:
    """Numbers brought to whole grey levels of 0 to 255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def pair(real: ByteImages, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two different pictures [S, S, 3], the second one mirrored half of the time."""
    first, second = (real[row].astype(np.float64) for row in rng.choice(len(real), 2, replace=False))
    return first, second[:, ::-1] if rng.random() < 0.5 else second
