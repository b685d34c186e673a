"""Meaning: what a confidence means: how many of 100 test pictures that were answered like this were right."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evaluation.evidence import Evidence

FEWEST = 10
"""Test pictures in a bin below which its share says too little to be shown."""


@dataclass(frozen=True)
class Meaning:
    """What a confidence means, of 100 pictures.

    Attributes:
        right: that are right.
        low: lower end of its interval.
        high: upper end.
        n: test pictures behind it.
        from_percent: confidence of the bin, its lower edge in per cent.
        to_percent: its upper edge.
        level: of the interval, in per cent.
    """

    right: int
    low: int
    high: int
    n: int
    from_percent: int
    to_percent: int
    level: int


def meaning_of(evidence: Evidence, confidence: float) -> Meaning | None:
    """What a confidence means; None where too few test pictures were answered with one like it.

    Bins of equal mass hold equally many pictures each, so each share is as well known as the others. What is surer than
    any test picture was belongs to the surest of them; what is less sure than any has none.

    Args:
        evidence: of the model that answered.
        confidence: calibrated probability of the answer.
    """
    bins = [each for each in evidence.calibration.after.bins_equal_mass if each.n]
    if not bins or confidence < bins[0].low:
        return None
    fitting = next((each for each in bins if confidence <= each.high), bins[-1])
    if fitting.n < FEWEST or fitting.accuracy is None:
        return None
    low, high = fitting.accuracy_low, fitting.accuracy_high
    if low is None or high is None:
        return None
    percents = [round(100 * each) for each in (fitting.accuracy, low, high, fitting.low, fitting.high)]
    right, lowest, highest, lower, upper = percents
    return Meaning(right, lowest, highest, fitting.n, lower, upper, round(100 * evidence.confidence))
