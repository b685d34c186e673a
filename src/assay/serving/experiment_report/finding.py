"""Who is right more often, on reviewed pictures: at every look, at one look, and how many more it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assay.comparison import Comparison, Side, compare
from assay.comparison.always_valid import METHOD, Interval, always_valid_interval, values_needed
from assay.comparison.two_samples import two_samples
from assay.comparison.words import rounded
from assay.measurement import Measurement
from assay.pages.numbers import signed
from assay.predictions import Predictions
from assay.serving.experiment_report.arms_report import KEYS, PICTURES, means_of_keys
from assay.serving.experiment_report.record import ExperimentFinding, Outcome
from assay.store.experiment_answers import ExperimentAnswer

OF_A_KEY = 5
"""Reviewed pictures of a key that its one value at every look is the mean of: those labelled first."""
NOTHING = Measurement(None, None, None, 0, "undefined")


@dataclass(frozen=True)
class Reviewed:
    """A picture whose class is known.

    Attributes:
        answer: of one arm.
        label: that it should have been.
    """

    answer: ExperimentAnswer
    label: str

    @property
    def right(self) -> bool:
        """Whether it was."""
        return self.answer.label == self.label


def unknown(unit: str, width: float) -> ExperimentFinding:
    """Of an experiment of which nothing was reviewed."""
    words = (
        "Nobody knows who is right more often: nothing of the random slice was reviewed. labels=FILE.csv takes more."
    )
    return ExperimentFinding("unknown", words, None, None, NOTHING, NOTHING, None, unit, None, None, None, width)


def compared_pairs(
    pairs: Sequence[tuple[Reviewed, Reviewed]],
    class_names: tuple[str, ...],
    *,
    names: tuple[str, str],
    unit: str,
    metrics: Sequence[str],
    resamples: int,
    confidence: float,
) -> Comparison:
    """The comparison of the house, of one look: a shadow against the champion about the same reviewed pictures.

    Args:
        pairs: the champion's answer and the shadow's about each picture, which occurs once.
        class_names: C names.
        names: of champion and shadow.
        unit: "pictures" or "keys", which are resampled.
        metrics: that are compared.
        resamples: of the bootstrap.
        confidence: level.
    """
    sides = []
    for place, name in enumerate(names):
        answers = [pair[place].answer for pair in pairs]
        chances = np.array([[answer.probabilities[name] for name in class_names] for answer in answers])
        pictures = np.array([pair[0].answer.picture for pair in pairs])
        groups = pictures if unit == PICTURES else np.array([pair[0].answer.key for pair in pairs])
        labels = np.array([class_names.index(pair[0].label) for pair in pairs], dtype=np.int64)
        logits = np.log(np.maximum(chances, np.finfo(np.float32).tiny))
        sides.append(Side(name, (Predictions(pictures, groups, "test", labels, class_names, logits, calibrated=True),)))
    return compare(sides[0], sides[1:], metrics=metrics, resamples=resamples, confidence=confidence)


def paired_finding(
    pairs: Sequence[tuple[Reviewed, Reviewed]], comparison: Comparison, *, unit: str, width: float, confidence: float
) -> ExperimentFinding:
    """Who is right more often, of two that answered about the same pictures.

    Args:
        pairs: the champion's answer and the shadow's, in the order in which their labels became known.
        comparison: of them, at one look; holds the accuracy.
        unit: "pictures" or "keys", which counts as independent.
        width: of the interval that is wanted.
        confidence: level.
    """
    differences = [(ours.answer.key, float(theirs.right) - float(ours.right)) for ours, theirs in pairs]
    values = [value for _, value in differences] if unit == PICTURES else _of_keys(differences)

    def interval(n: int | None = None) -> Interval:
        return always_valid_interval(values, -1, 1, confidence=confidence, n=n)

    claim = next(each for each in comparison.variants[0].claims if each.metric == "accuracy")
    more = claim.more_images
    shares = tuple(float(np.mean([pair[place].right for pair in pairs])) for place in (0, 1))
    power = None if more is None else more + comparison.n
    return _finding(shares, values, interval, claim.difference, claim.p, unit, power, width)


def two_sample_finding(
    champion: Sequence[Reviewed], challenger: Sequence[Reviewed], *, width: float, confidence: float
) -> ExperimentFinding:
    """Who is right more often, of two that were given different keys by lot; keys are what counts.

    Args:
        champion, challenger: reviewed answers of each, in the order in which their labels became known.
        width: of the interval that is wanted.
        confidence: level.
    """
    rights = [[(each.answer.key, float(each.right)) for each in arm] for arm in (champion, challenger)]
    means = [list(means_of_keys(each).values()) for each in rights]
    firsts = [_of_keys(each) for each in rights]
    n = sum(map(len, firsts))

    def interval(wanted: int | None = None) -> Interval:
        """The difference of two means, each within its own interval of half the doubt."""
        half = (1 + confidence) / 2
        numbers = [None if wanted is None else max(1, wanted * len(each) // n) for each in firsts]
        ends = [
            always_valid_interval(each, 0, 1, confidence=half, n=number)
            for each, number in zip(firsts, numbers, strict=True)
        ]
        return ends[1][0] - ends[0][1], ends[1][1] - ends[0][0]

    once = two_samples(*means, confidence=confidence)
    values = [float(np.mean(firsts[1]) - np.mean(firsts[0]))] * n if all(firsts) else []
    return _finding((once.first, once.second), values, interval, once.difference, once.p, KEYS, once.needed, width)


def _of_keys(values: Sequence[tuple[str, float]]) -> list[float]:
    """One value for each key that has `OF_A_KEY`, which later ones do not change."""
    of_key: defaultdict[str, list[float]] = defaultdict(list)
    for key, value in values:
        of_key[key].append(value)
    return [float(np.mean(each[:OF_A_KEY])) for each in of_key.values() if len(each) >= OF_A_KEY]


def _finding(
    shares: tuple[float | None, ...],
    values: Sequence[float],
    interval: Callable[..., Interval],
    once: Measurement,
    p: float | None,
    unit: str,
    power: int | None,
    width: float,
) -> ExperimentFinding:
    n = len(values)
    low, high = interval()
    value = float(np.mean(values)) if n else None
    always = Measurement(value, low, high, n, f"{METHOD} over {unit}")
    outcome: Outcome = "better" if low > 0 else "worse" if high < 0 else "open"
    settle = None if outcome != "open" or not value else values_needed(lambda wanted: _settled(interval(wanted)), n)
    for_width = values_needed(lambda wanted: _width(interval(wanted)) <= width, n) if n else None
    words = _words(always, outcome, unit, settle)
    return ExperimentFinding(
        outcome, words, shares[0], shares[1], always, once, p, unit, settle, power, for_width, width
    )


def _settled(interval: Interval) -> bool:
    return interval[0] > 0 or interval[1] < 0


def _width(interval: Interval) -> float:
    return interval[1] - interval[0]


def _words(always: Measurement, outcome: Outcome, unit: str, settle: int | None) -> str:
    assert always.low is not None
    assert always.high is not None
    ends = f"{signed(always.low)} to {signed(always.high)}"
    if outcome != "open":
        which = "more" if outcome == "better" else "less"
        return (
            f"The rival is right {which} often than the champion: by {signed(always.value)} ({ends}), and that holds "
            "however often one has looked."
        )
    if always.value is None:
        few = "no reviewed picture" if unit == PICTURES else f"no key with {OF_A_KEY} reviewed pictures in each arm"
        return f"Open: there is {few}."
    more = ""
    if settle is not None:
        missing = settle - always.n
        lacking = f"{rounded(missing)} more {unit if missing != 1 else unit.removesuffix('s')}"
        more = f" If it is as it looks, about {lacking} would settle it."
    return f"Open: the difference is anywhere from {ends}; it may be none.{more}"
