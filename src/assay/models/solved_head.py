"""SolvedHead: a head that the training embeddings determine at once, without epochs of gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.models.head import Head
from assay.predictions import FloatArray, IntArray


@dataclass(frozen=True)
class TrainingRows:
    """What a head is solved from.

    Attributes:
        embeddings: float32 [N, D].
        labels: int64 [N], class indices.
        groups: str [N]; rows of one group show the same thing, and never judge each other.
        weights: float64 [N], how much each row counts; 1 on average.
    """

    embeddings: NDArray[np.float32]
    labels: IntArray
    groups: NDArray[np.str_]
    weights: FloatArray


class SolvedHead(Head):
    """Base of heads that are found from all training embeddings at once.

    What is chosen is chosen on the training images alone, by rows of other groups. The result is a function of the
    rows, so a run that was interrupted finds it again.
    """

    solved: ClassVar[bool] = True

    def solve_(self, rows: TrainingRows) -> str:
        """Find what the head answers with.

        Returns:
            A sentence for the report: what was chosen, and from what.

        Raises:
            TrainingError: it cannot be found from these rows.
        """
        raise NotImplementedError

    def reset_(self) -> None:
        """Nothing of it is drawn at random."""
