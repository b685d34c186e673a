"""Part of a look: whether what is asked has changed, and whether that is enough for an alarm."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.monitoring.alarms.plan import AlarmPlan
from assay.monitoring.alert import DRIFT, REVIEW_NEXT, Cause, NextStep
from assay.monitoring.clients import client_names
from assay.monitoring.loudest import loudest
from assay.monitoring.observation import Observation, Scene

if TYPE_CHECKING:
    from assay.monitoring.drift.report import DriftReport, DriftTest
    from assay.monitoring.window import Window

PART = "drift"
TO_REVIEW = 50
DRAWS, MOST_DRAWS, TESTS = 19_999, 200_000, 12
"""Sign flips of a test, at least and at most; tests of a look, about."""
NAMES = {
    "mix of classes": "mix_of_classes",
    "pictures": "pictures",
    "new kind": "new_kind",
    "answers": "answers",
    "one source": "one_source",
}
"""Kind of a cause -> its name in those of alerts."""


@dataclass(frozen=True)
class DriftObserver:
    """Sees drift.

    Attributes:
        level: smallest adjusted p of a look that is an alarm, where no plan says more.
        plan: looks, and false alarms that are accepted: what is significant is held against windows without drift that
            are replayed from the profile, with the size and the sources of this one; None takes `level` as it is.
    """

    part: ClassVar[str] = PART
    level: float
    plan: AlarmPlan | None = None

    def __call__(self, scene: Scene) -> Observation:
        """See `Observer`."""
        from assay.monitoring.alarms.planned import planned_drift
        from assay.monitoring.drift.measure import measure_drift
        from assay.monitoring.drift.settings import DriftSettings

        window, profile = scene.window, scene.profile
        if window is None or not window.enough:
            return Observation(PART, (), report={"missing": "answers", "n": 0 if window is None else len(window)})
        if profile is None:
            return Observation(PART, (), report={"missing": "profile", "n": len(window)})
        draws = max(DRAWS, math.ceil(4 * TESTS / self.level))  # so that a p so small can be reached after Holm
        settings, level = DriftSettings(draws=min(MOST_DRAWS, draws)), self.level
        measured = measure_drift(profile, window, settings)
        if measured.verdict == "drift" and self.plan is not None:  # a replay takes a minute, and most looks need none
            with contextlib.suppress(DataError):  # too few images to be replayed
                measured = planned_drift(profile, window, settings, self.plan)
                level = measured.level
        alarm = measured.verdict == "drift" and measured.smallest_p <= level
        causes = (_cause(scene, measured),) if alarm else ()
        report = {**_document(measured, level), "alarm": alarm}
        kinds = (DRIFT,) if measured.verdict in ("drift", "no drift") else ()
        return Observation(PART, kinds, causes, report, self.level)


def _cause(scene: Scene, measured: DriftReport) -> Cause:
    window, profile = scene.window, scene.profile
    assert window is not None
    assert profile is not None
    cause = measured.causes[0] if measured.causes else None
    shown = [test for test in measured.significant if cause is None or test.name in cause.tests]
    tests = sorted(shown or measured.significant, key=lambda test: (test.p_holm, -test.effect))
    client = "" if cause is None else cause.client
    own = _rows_of(window, client)
    rows, scores = loudest(column_of(tests[0]), profile, window.rows(own))
    answers = scene.answers(own[rows], scores)
    name = NAMES[cause.kind] if cause is not None else "unexplained"
    values = {"tests": [_test(test, 1.0) for test in tests], "n": measured.n, "p": measured.smallest_p}
    values |= {"whose": "key", "name": client} if len(own) < len(window) else {}
    values["words"] = cause.words if cause is not None else measured.headline
    step = NextStep(REVIEW_NEXT, min(TO_REVIEW, len(answers)))
    return Cause(f"drift/{name}", DRIFT, f"drift.{name}", values, measured.headline, answers, step)


def _rows_of(window: Window, client: str) -> NDArray[np.intp]:
    """Rows of one client, or all where that is none."""
    keys = {name: key for key, name in client_names(window).items()}
    if client not in keys:
        return np.arange(len(window))
    return np.flatnonzero(window.block == window.keys.index(keys[client]))


def column_of(test: DriftTest) -> str:
    """What a test is about: "brightness", "predicted"."""
    return test.name.rpartition("/")[2]


def _document(measured: DriftReport, level: float) -> dict[str, Any]:
    return {
        "verdict": measured.verdict,
        "headline": measured.headline,
        "n": measured.n,
        "sources": measured.sources,
        "largest_source": measured.largest_source,
        "level": level,
        "measures": [_test(test, level) for test in measured.tests],
        "seen": list(measured.seen),
        "notes": list(measured.notes),
        "causes": [{"kind": each.kind, "words": each.words} for each in measured.causes],
    }


def _test(test: DriftTest, level: float) -> dict[str, Any]:
    shares = test.distribution
    return {
        "name": column_of(test),
        "label": test.label,
        "effect_name": test.effect_name,
        "effect": test.effect,
        "p": test.p_holm,
        "significant": test.significant,
        "alarm": test.significant and test.p_holm <= level,
        "reference": test.reference,
        "window": test.window,
        "detectable": test.detectable,
        "seen": test.seen,
        "shares": None if shares is None else {"reference": list(shares.reference), "window": list(shares.window)},
        "categories": [] if shares is None else list(shares.categories),
        "edges": [] if shares is None else list(shares.edges),
    }
