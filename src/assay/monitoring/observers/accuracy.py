"""Part of a look: how good the model is now, without labels or with the few of the random slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from assay.monitoring.alert import ESTIMATE, REVIEW_NEXT, Cause, NextStep
from assay.monitoring.estimate.estimate import Estimate
from assay.monitoring.observation import Observation, Scene
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window

PART = "estimate"
MARGIN = 0.05
"""By which accuracy may be below the measured one, where nobody names a bound."""
TO_REVIEW, MOST = 50, 200
METRIC = "accuracy"


@dataclass(frozen=True)
class AccuracyObserver:
    """Sees whether accuracy is surely below a bound.

    Attributes:
        below: the bound; 0 takes what was measured on the test images, less `MARGIN`.
    """

    part: ClassVar[str] = PART
    below: float = 0.0

    def __call__(self, scene: Scene) -> Observation:
        """See `Observer`."""
        window, profile = scene.window, scene.profile
        if window is None or not window.enough:
            return Observation(PART, (), report={"missing": "answers", "n": 0 if window is None else len(window)})
        if profile is None:
            return Observation(PART, (), report={"missing": "profile", "n": len(window)})
        measured = _measured(profile)
        bound = self.below or measured - MARGIN
        estimates = _estimates(scene, profile, window)
        best = estimates[-1]
        report = {"accuracy": _document(best), "bound": bound, "measured": measured}
        report["all"] = [_document(each) for each in estimates]
        causes: tuple[Cause, ...] = ()
        if best.value is not None and best.upper is not None and best.upper < bound:
            causes = (_cause(scene, best, bound),)
        return Observation(PART, (ESTIMATE,), causes, report)


def _measured(profile: Profile) -> float:
    test = profile.only("test")
    return float(np.mean(test.labels == test.predicted))


def _estimates(scene: Scene, profile: Profile, window: Window) -> list[Estimate]:
    """Accuracy by each method that says something; what stands on labels comes last."""
    from assay.monitoring.estimate.confidence_based import confidence_estimates
    from assay.monitoring.estimate.of_window import fit_reference
    from assay.monitoring.estimate.prediction_powered import FEWEST, prediction_powered_estimates

    recalibration = fit_reference(profile, window).recalibration
    made = list(
        confidence_estimates(
            window.probabilities, window.predicted, window.block, recalibration=recalibration, metrics=(METRIC,)
        )
    )
    kept = window.rows(np.array([name in scene.labels.kept for name in window.id_list()], dtype=bool))
    class_of = {name: index for index, name in enumerate(window.class_names)}
    place = {name: row for row, name in enumerate(kept.id_list())}
    known = [
        (place[name], class_of[label])
        for name, label in scene.labels.labels.items()
        if name in place and label in class_of
    ]
    if len(known) >= FEWEST:
        rows, labels = (np.array(each, dtype=np.int64) for each in zip(*known, strict=True))
        _, keys = np.unique(kept.block, return_inverse=True)
        made += prediction_powered_estimates(kept.probabilities, kept.predicted, keys, rows, labels, metrics=(METRIC,))
    return [each for each in made if each.value is not None] or made[:1]


def _document(estimate: Estimate) -> dict[str, Any]:
    names = ("value", "lower", "upper", "method", "n", "labels", "keys", "assumption")
    return {name: getattr(estimate, name) for name in names}


def _cause(scene: Scene, estimate: Estimate, bound: float) -> Cause:
    assert scene.window is not None
    assert estimate.upper is not None
    rows = np.argsort(scene.window.confidence, kind="stable")[:MOST]
    answers = scene.answers(rows, 1 - scene.window.confidence[rows])
    values: dict[str, Any] = {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper, "bound": bound}
    values |= {"method": estimate.method, "labels": estimate.labels, "n": estimate.n}
    sentence = (
        f"accuracy is estimated at {estimate.value:.1%} ({estimate.lower:.1%} to {estimate.upper:.1%}, "
        f"{estimate.method}), below {bound:.1%}"
    )
    step = NextStep(REVIEW_NEXT, min(TO_REVIEW, len(answers)))
    return Cause(f"estimate/{METRIC}", ESTIMATE, "estimate.below", values, sentence, answers, step)
