"""Part of a look: how many answers are rejected, unsure, out of domain or accuse a real picture, of all, an arm, a key.

A key or an arm is an alert of its own where the rate of all is none: many are tested at each look, so they share one
level by Holm (1979), and those with few answers are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.alert import OPERATING_POINT, REVIEW_NEXT, Cause, NextStep
from assay.monitoring.estimate.operating_point import GENERATED, REAL
from assay.monitoring.observation import Observation, Scene
from assay.monitoring.observers.parts import AnswerPart, parts_of
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window
from assay.postprocess.ood.two_stage import DOMAINS

PART = "operating_point"
FACTOR, MARGIN = 2.0, 0.05
"""A rate is too high above so many times that of the reference and so much more, where nobody names a bound."""
LEVEL = 0.025
"""One-sided: the lower end of an interval of 95 % lies above the bound; of all arms and keys together likewise."""
TO_REVIEW = 50
MOST_PARTS = 20
"""Arms and keys whose rates stand in the report; all are tested."""
FEWEST_REVIEWED = 20
"""Reviewed real pictures, under which false alarms are not counted."""
WORDS = {"rejected": "are rejected", "unsure": "are unsure", "out": "are out of domain"}
RATES = (*WORDS, "accused")
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Events:
    """What happened to N answers: for each rate, whether it did, and among which answers it is counted."""

    hits: Mapping[str, Mask]
    among: Mapping[str, Mask]


@dataclass(frozen=True, eq=False)
class RateTest:
    """A rate of a part of the answers, held against its bound."""

    name: str
    part: AnswerPart
    rows: NDArray[np.intp]
    hits: Mask
    usual: float | None
    bound: float | None

    @property
    def rate(self) -> float:
        """Share of the answers."""
        return float(self.hits[self.rows].mean())

    def interval(self, confidence: float) -> tuple[float, float]:
        """Ends of its interval; (0, 1) where nothing can be said."""
        from assay.monitoring.estimate.blocks import share_over_blocks

        share = share_over_blocks(self.hits[self.rows], self.part.block[self.rows], confidence)
        return (0.0, 1.0) if share.low is None or share.high is None else (share.low, share.high)

    def exceeds(self, level: float) -> bool:
        """Whether the rate is above the bound, at a one-sided level."""
        return self.bound is not None and self.interval(1 - 2 * level)[0] > self.bound

    def document(self) -> dict[str, Any]:
        """For the report of the look."""
        lower, upper = self.interval(1 - 2 * LEVEL)
        numbers = {"rate": self.rate, "lower": lower, "upper": upper, "n": len(self.rows)}
        return {**numbers, "reference": self.usual, "bound": self.bound}


@dataclass(frozen=True)
class OperatingObserver:
    """Sees rates of the window at the thresholds of the bundle.

    Attributes:
        reject_above: share of rejected answers above which somebody is told; 0 takes it from the reference.
    """

    part: ClassVar[str] = PART
    reject_above: float = 0.0

    def __call__(self, scene: Scene) -> Observation:
        """See `Observer`."""
        window = scene.window
        if window is None or not window.enough:
            return Observation(PART, (), report={"missing": "answers", "n": 0 if window is None else len(window)})
        events = _window_events(window, scene.labels.labels)
        reference = {} if scene.profile is None else _reference_rates(scene.profile.only("test"))
        everything, *parts = parts_of(window)
        tests = self._tests(events, reference, everything)
        of_parts = [test for part in parts for test in self._tests(events, reference, part)]
        met = [test for test in tests if test.exceeds(LEVEL)]
        overall = {test.name for test in met}
        met += [test for test in _exceeding(of_parts) if test.name not in overall]
        report = {
            "n": len(window),
            "keys": len(set(window.block.tolist())),
            "rates": {test.name: test.document() for test in tests},
            "in_domain": float((window.domain == 0).mean()),
            "parts": _documents(parts[:MOST_PARTS], of_parts, met),
        }
        kinds = (OPERATING_POINT,) if scene.profile is not None or self.reject_above else ()
        return Observation(PART, kinds, tuple(_cause(scene, window, test) for test in met), report)

    def _tests(self, events: Events, reference: Mapping[str, float], part: AnswerPart) -> list[RateTest]:
        tests = []
        for name, hits in events.hits.items():
            rows = np.flatnonzero(part.rows & events.among[name])
            if len(rows) < (FEWEST_REVIEWED if name == "accused" else 1):
                continue
            usual = reference.get(name)
            bound = self.reject_above if name == "rejected" and self.reject_above else _bound(usual)
            tests.append(RateTest(name, part, rows, hits, usual, bound))
        return tests


def _window_events(window: Window, labels: Mapping[str, str]) -> Events:
    """Of a window; false alarms are counted among the real pictures of the random slice that were reviewed."""
    every = np.ones(len(window), dtype=bool)
    unsure, out = (window.domain == DOMAINS.index(name) for name in ("unsure", "out"))
    hits = {"rejected": window.rejected, "unsure": unsure, "out": out}
    among = dict.fromkeys(hits, every)
    if {REAL, GENERATED} <= set(window.class_names):
        hits["accused"] = window.predicted == window.class_names.index(GENERATED)
        among["accused"] = np.array([labels.get(name) == REAL for name in window.id_list()], dtype=bool)
    return Events(hits, among)


def _reference_rates(test: Profile) -> dict[str, float]:
    rates = {"rejected": float(test.rejected.mean())}
    rates |= {name: float((test.domain == DOMAINS.index(name)).mean()) for name in ("unsure", "out")}
    names = test.class_names
    if {REAL, GENERATED} <= set(names) and (real := test.labels == names.index(REAL)).any():
        rates["accused"] = float((test.predicted[real] == names.index(GENERATED)).mean())
    return rates


def _bound(usual: float | None) -> float | None:
    return None if usual is None else min(1.0, FACTOR * usual + MARGIN)


def _exceeding(tests: list[RateTest]) -> list[RateTest]:
    """Tests that exceed their bounds while all of them together have one level, by Holm's rounds."""
    left, met = [test for test in tests if test.bound is not None], []
    while left:
        now = [test for test in left if test.exceeds(LEVEL / len(left))]
        if not now:
            break
        met += now
        left = [test for test in left if test not in now]
    return met


def _documents(parts: list[AnswerPart], tests: list[RateTest], met: list[RateTest]) -> list[dict[str, Any]]:
    return [
        {
            "kind": part.kind,
            "name": part.name,
            "n": int(part.rows.sum()),
            "rates": {test.name: test.document() for test in tests if test.part is part},
            "high": [test.name for test in met if test.part is part],
        }
        for part in parts
    ]


def _cause(scene: Scene, window: Window, test: RateTest) -> Cause:
    hits = test.rows[test.hits[test.rows]]
    rows = hits[np.argsort(window.confidence[hits], kind="stable")]
    if test.name == "accused":  # those are reviewed; whether the others were right is what nobody knows yet
        others = np.setdiff1d(np.flatnonzero(test.part.rows & test.hits), rows)
        rows = np.concatenate([rows, others[np.argsort(window.confidence[others], kind="stable")]])
    rows = rows[:200]
    answers = scene.answers(rows, 1 - window.confidence[rows])
    lower, _ = test.interval(1 - 2 * LEVEL)
    part, rate, bound = test.part, test.rate, test.bound
    values = {"rate": rate, "bound": bound, "lower": lower, "n": len(test.rows), "whose": part.kind, "name": part.name}
    of = part.words
    what = (
        f"{rate:.1%} of the reviewed real pictures among {of} were called generated"
        if test.name == "accused"
        else f"{rate:.1%} of {of} {WORDS[test.name]}"
    )
    step = NextStep(REVIEW_NEXT, min(TO_REVIEW, len(answers)))
    sentence = f"{what}; more than {bound:.1%} is too many"
    name = f"operating_point/{test.name}{part.mark}"
    return Cause(name, OPERATING_POINT, f"operating.{test.name}", values, sentence, answers, step)
