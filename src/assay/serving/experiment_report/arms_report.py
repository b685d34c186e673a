"""What each arm has done: how often it failed, what it hands to a person, how long it takes, and where both agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from assay.evaluation.intervals import wilson_interval
from assay.measurement import Measurement
from assay.serving.experiment_report.record import Agreement, ArmReport
from assay.store.experiment_answers import ExperimentAnswer
from assay.store.experiment_counts import ArmCounts

PICTURES, KEYS = "pictures", "keys"
UNKNOWN = Measurement(None, None, None, 0, "undefined")


def arm_report(
    arm: str, bundle: str, answers: Sequence[ExperimentAnswer], counts: ArmCounts, *, unit: str, confidence: float
) -> ArmReport:
    """What one arm has done.

    Args:
        arm: its name.
        bundle: hex sha256.
        answers: of it.
        counts: of its requests and failures.
        unit: "pictures" or "keys", which counts as independent.
        confidence: level of intervals.
    """
    return ArmReport(
        arm,
        answers[-1].model if answers else "",
        bundle,
        counts.requests,
        len(answers),
        len({answer.key for answer in answers}),
        share(counts.failures, counts.requests, "requests", confidence),
        rate([(each.key, each.for_a_person) for each in answers], unit, confidence),
        quantile([each.engine_ms for each in answers], 0.5, confidence),
        quantile([each.engine_ms for each in answers], 0.95, confidence),
    )


def share(hits: int, n: int, word: str, confidence: float) -> Measurement:
    """How often something happened, with Wilson's interval."""
    interval = wilson_interval(hits, n, confidence=confidence)
    return UNKNOWN if interval is None else Measurement(hits / n, *interval, n, f"Wilson over {word}")


def rate(hits: Sequence[tuple[str, bool]], unit: str, confidence: float) -> Measurement:
    """How often something happened: of pictures, or the mean of the shares of keys.

    Args:
        hits: key, and whether it happened, of each picture.
        unit: "pictures" or "keys".
        confidence: level of the interval.
    """
    if not hits or unit == PICTURES:
        return share(sum(hit for _, hit in hits), len(hits), PICTURES, confidence)
    means = list(means_of_keys(hits).values())
    value, n = float(np.mean(means)), len(means)
    error = float(np.std(means, ddof=1)) / n**0.5 if n > 1 else 0.0
    if not error:
        return Measurement(value, None, None, n, "no interval: one key" if n == 1 else "no interval: no spread")
    from scipy.stats import t

    reach = float(t.ppf((1 + confidence) / 2, n - 1)) * error
    return Measurement(value, max(0.0, value - reach), min(1.0, value + reach), n, "t over keys, each counted once")


def means_of_keys(values: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The mean of each key's values, in the order in which keys came first."""
    of_key: defaultdict[str, list[float]] = defaultdict(list)
    for key, value in values:
        of_key[key].append(float(value))
    return {key: float(np.mean(each)) for key, each in of_key.items()}


def quantile(ms: Sequence[float], of: float, confidence: float) -> Measurement:
    """A quantile of times, between two of them whose ranks are binomial; what came from memory does not count.

    Source: David and Nagaraja (2003), "Order Statistics", section 7.1.
    """
    from scipy.stats import binom

    times = sorted(each for each in ms if each > 0)
    n = len(times)
    if not n:
        return UNKNOWN
    value = float(np.quantile(times, of))
    tail = (1 - confidence) / 2
    lower, upper = int(binom.ppf(tail, n, of)), int(binom.ppf(1 - tail, n, of)) + 1
    if lower < 1 or upper > n:
        return Measurement(value, None, None, n, "no interval: too few times")
    return Measurement(value, times[lower - 1], times[upper - 1], n, "order statistics of the engine's times")


def agreement(pairs: Sequence[tuple[ExperimentAnswer, ExperimentAnswer]], *, unit: str, confidence: float) -> Agreement:
    """How often a shadow says what the champion said; needs no labels.

    Args:
        pairs: the champion's answer and the shadow's about each picture.
        unit: "pictures" or "keys", which counts as independent.
        confidence: level of intervals.
    """
    same = [(ours.key, ours.label == theirs.label) for ours, theirs in pairs]
    person = [(ours.key, ours.for_a_person == theirs.for_a_person) for ours, theirs in pairs]
    counts: Mapping[tuple[str, str], int] = Counter((ours.label, theirs.label) for ours, theirs in pairs)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return Agreement(
        rate(same, unit, confidence), rate(person, unit, confidence), tuple((*names, count) for names, count in ordered)
    )
