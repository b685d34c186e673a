"""Ratings: what each reviewer chose for each item, as numbers, with holes where he was not asked or left it open."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Ratings:
    """Choices by item and reviewer.

    Attributes:
        codes: int64 [items, reviewers], an index into `classes`; -1 where nothing was chosen.
        classes: C names, in their order where they are grades.
        reviewers: names, in the order of the columns.
        units: int64 [items], the group of each from 0; items of a group are drawn together in resamples.
    """

    codes: Codes
    classes: tuple[str, ...]
    reviewers: tuple[str, ...]
    units: Codes

    def rows(self, which: NDArray[np.bool_]) -> Ratings:
        """Those of some items."""
        units = np.unique(self.units[which], return_inverse=True)[1].astype(np.int64)
        return Ratings(self.codes[which], self.classes, self.reviewers, units)

    @property
    def shared(self) -> Ratings:
        """Those of items that two reviewers or more have chosen a class for; others say nothing of agreement."""
        return self.rows((self.codes >= 0).sum(axis=1) >= 2)

    def one_against_rest(self, label: int) -> Ratings:
        """The same with two classes: whether it is this one."""
        codes = np.where(self.codes < 0, -1, (self.codes == label).astype(np.int64))
        return Ratings(codes, ("another", self.classes[label]), self.reviewers, self.units)


def ratings_of(
    choices: Sequence[tuple[Hashable, str, str]],
    groups: dict[Hashable, Hashable] | None = None,
    classes: Sequence[str] = (),
) -> Ratings:
    """Ratings from single choices.

    Args:
        choices: (item, reviewer, class) of each; of several by a reviewer about an item the last counts.
        groups: item -> what it shares with others that are not independent of it; None takes each for itself.
        classes: in their order; those that are chosen besides come behind them, sorted.
    """
    items = list(dict.fromkeys(item for item, _, _ in choices))
    reviewers = sorted({reviewer for _, reviewer, _ in choices})
    names = (*classes, *sorted({label for _, _, label in choices} - set(classes)))
    row, column = ({name: n for n, name in enumerate(each)} for each in (items, reviewers))
    label_of = {name: n for n, name in enumerate(names)}
    codes = np.full((len(items), len(reviewers)), -1, dtype=np.int64)
    for item, reviewer, label in choices:
        codes[row[item], column[reviewer]] = label_of[label]
    shared = [item if groups is None else groups.get(item, item) for item in items]
    number = {name: n for n, name in enumerate(dict.fromkeys(shared))}
    return Ratings(codes, names, tuple(reviewers), np.array([number[name] for name in shared], dtype=np.int64))
