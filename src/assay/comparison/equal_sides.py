"""Sides whose predictions are the same: what is claimed of them is one hypothesis, however many names they have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.comparison.align import Side
from assay.comparison.hypotheses import sample_of


def first_of_equals(sides: Sequence[Side]) -> list[int]:
    """For each side the place of the first one that gives every image the same probabilities, seed by seed.

    Two settings can be one way of training (a logit adjustment with tau 1 and the balanced softmax, Menon et al. 2021).

    Args:
        sides: aligned, with as many trainings each; the baseline first.
    """
    firsts: list[int] = []
    for place, side in enumerate(sides):
        earlier = (first for first in dict.fromkeys(firsts) if _equal(sides[first], side))
        firsts.append(next(earlier, place))
    return firsts


def equality_notes(sides: Sequence[Side], firsts: Sequence[int]) -> list[str]:
    """Which sides predict the same, in sentences."""
    notes = []
    for first in dict.fromkeys(firsts):
        names = [sides[place].name for place, own in enumerate(firsts) if own == first and place != first]
        if not names:
            continue
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        if first == 0:
            verb = "predicts" if len(names) == 1 else "predict"
            notes.append(
                f"{listed} {verb} exactly what the baseline {sides[0].name} predicts, image by image: there is nothing "
                "to test, and no hypothesis is counted."
            )
        else:
            notes.append(
                f"{sides[first].name} and {listed} predict exactly the same, image by image: Holm's correction counts "
                "their hypotheses once."
            )
    return notes


def _equal(first: Side, second: Side) -> bool:
    pairs = zip(first.trainings, second.trainings, strict=True)
    return all(
        np.array_equal(sample_of(left).log_probabilities, sample_of(right).log_probabilities) for left, right in pairs
    )
