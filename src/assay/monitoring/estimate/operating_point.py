"""Operating point: how often a model hands over, is unsure, or accuses a real picture; by threshold, arm and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.measurement import Measurement
from assay.monitoring.estimate.blocks import share_over_blocks
from assay.predictions import FloatArray, IntArray

REJECTED, UNSURE, OUT, FALSE_ALARMS = "reject rate", "unsure", "out of domain", "false alarms"
REAL, GENERATED = "real", "generated"
"""Classes of a model that tells them apart; a false alarm is a real picture that was called generated."""
DEPLOYED = None
"""The thresholds of the bundle itself."""
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ALL = "all"
MOST_KEYS = 20
"""Keys that are looked at apart: those with most answers."""


@dataclass(frozen=True)
class OperatingRate:
    """How often something happens.

    Attributes:
        what: "reject rate", "unsure", "out of domain" or "false alarms".
        threshold: confidence, or probability of being generated, that it is counted at; None for what the bundle says.
        arm: "all" or an arm.
        key: "all" or an id of a key.
        rate: with its interval.
    """

    what: str
    threshold: float | None
    arm: str
    key: str
    rate: Measurement


@dataclass(frozen=True)
class AnsweredPictures:
    """What operating rates are counted on.

    Attributes:
        confidence: [N], of the predicted class.
        rejected: [N], whether a person was to look.
        domain: [N] of "in-domain", "unsure", "out".
        generated: [N], probability of being generated; None for a model of another kind.
        accused: [N], whether generated was predicted; None likewise.
        keys: [N], from 0.
        arms: [N], names.
    """

    confidence: FloatArray
    rejected: NDArray[np.bool_]
    domain: NDArray[np.str_]
    keys: IntArray
    arms: NDArray[np.str_]
    generated: FloatArray | None = None
    accused: NDArray[np.bool_] | None = None


def operating_rates(
    answers: AnsweredPictures,
    *,
    names: Mapping[int, str],
    reviewed_real: NDArray[np.bool_] | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
    confidence: float = 0.95,
) -> tuple[OperatingRate, ...]:
    """Rates at the bundle's own thresholds by arm and key, and at others over all.

    Args:
        answers: of one window.
        names: of keys, by their number.
        reviewed_real: [N], which pictures a review has found to be real; None where nobody looked.
        thresholds: that else is looked at.
        confidence: level of intervals.
    """
    events = dict(_events(answers, reviewed_real))
    made: list[OperatingRate] = []
    everything = np.ones(len(answers.keys), dtype=bool)
    for what, (hits, among) in events.items():
        for arm, key, rows in _parts(answers, names, everything):
            rate = _rate(hits, among & rows, answers.keys, confidence, what)
            if key == ALL or rate.n:
                made.append(OperatingRate(what, DEPLOYED, arm, key, rate))
    for threshold in thresholds:
        below = answers.confidence < threshold
        made.append(
            OperatingRate(REJECTED, threshold, ALL, ALL, _rate(below, everything, answers.keys, confidence, REJECTED))
        )
    if FALSE_ALARMS in events and answers.generated is not None:
        _, among = events[FALSE_ALARMS]
        for threshold in thresholds:
            rate = _rate(answers.generated >= threshold, among, answers.keys, confidence, FALSE_ALARMS)
            made.append(OperatingRate(FALSE_ALARMS, threshold, ALL, ALL, rate))
    return tuple(made)


def _events(
    answers: AnsweredPictures, real: NDArray[np.bool_] | None
) -> Iterator[tuple[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]]:
    every = np.ones(len(answers.keys), dtype=bool)
    yield REJECTED, (answers.rejected, every)
    yield UNSURE, (answers.domain == "unsure", every)
    yield OUT, (answers.domain == "out", every)
    if answers.accused is not None and real is not None:
        yield FALSE_ALARMS, (answers.accused, real)


def _parts(
    answers: AnsweredPictures, names: Mapping[int, str], every: NDArray[np.bool_]
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Arm, key and rows: all, each arm, and the keys with most answers."""
    yield ALL, ALL, every
    arms = sorted(set(answers.arms.tolist()))
    if len(arms) > 1:
        for arm in arms:
            yield arm, ALL, answers.arms == arm
    counts = np.bincount(answers.keys) if len(answers.keys) else np.zeros(0, np.int64)
    order = sorted(np.flatnonzero(counts).tolist(), key=lambda key: (-counts[key], names.get(key, str(key))))
    if len(order) > 1:
        for key in order[:MOST_KEYS]:
            yield ALL, names.get(key, str(key)), answers.keys == key


def _rate(
    hits: NDArray[np.bool_], among: NDArray[np.bool_], keys: IntArray, confidence: float, what: str
) -> Measurement:
    rows = np.flatnonzero(among)
    of = "reviewed real pictures" if what == FALSE_ALARMS else "answers"
    return share_over_blocks(hits[rows], keys[rows], confidence, of=of)
