"""Policies: which image policy each class gets, so that rare classes can be varied more than the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from assay.augment.policy import ImagePolicy
from assay.predictions import IntArray


@dataclass(frozen=True)
class Policies:
    """Image policies by class.

    Attributes:
        usual: of all classes that have none of their own; None shows them as evaluation does.
        special: class index -> policy.
    """

    usual: ImagePolicy | None = None
    special: Mapping[int, ImagePolicy] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.usual is not None or bool(self.special)

    def groups(self, labels: IntArray) -> list[tuple[ImagePolicy, IntArray]]:
        """Each policy with the rows that get it; rows that are shown as they are, are in none.

        Args:
            labels: [N] int, class indices.
        """
        own = np.isin(labels, list(self.special))
        groups = [] if self.usual is None else [(self.usual, np.flatnonzero(~own))]
        for policy in dict.fromkeys(self.special.values()):
            members = [label for label, its_own in self.special.items() if its_own is policy]
            groups += [(policy, np.flatnonzero(np.isin(labels, members)))]
        return [(policy, rows) for policy, rows in groups if len(rows)]


def rare_classes(labels: IntArray, classes: int, share: float | None = None) -> list[int]:
    """Classes that have training images, but fewer than a share of them.

    Args:
        labels: [N] int, class indices.
        classes: C.
        share: in (0, 1]; None takes half of an even share, 1 / (2 C).
    """
    counts = np.bincount(labels, minlength=classes)
    limit = len(labels) * (1 / (2 * classes) if share is None else share)
    return [int(label) for label in np.flatnonzero((counts > 0) & (counts < limit))]
