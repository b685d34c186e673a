"""Part of a look: how many answers are rejected, unsure or out of domain, beside how many that were in the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.alert import OPERATING_POINT, REVIEW_NEXT, Cause, NextStep
from assay.monitoring.observation import Observation, Scene
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window
from assay.postprocess.ood.two_stage import DOMAINS

PART = "operating_point"
FACTOR, MARGIN = 2.0, 0.05
"""A rate is too high above so many times that of the reference and so much more, where nobody names a bound."""
TO_REVIEW = 50
RATES = ("rejected", "unsure", "out")


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
        events, reference = _events(window), None if scene.profile is None else _events(scene.profile.only("test"))
        rates: dict[str, Any] = {}
        causes = []
        for name in RATES:
            rate = float(events[name].mean())
            usual = None if reference is None else float(reference[name].mean())
            bound = self.reject_above if name == "rejected" and self.reject_above else _bound(usual)
            lower, upper = _interval(events[name], window.block)
            rates[name] = {"rate": rate, "lower": lower, "upper": upper, "reference": usual, "bound": bound}
            if bound is not None and lower > bound:
                causes.append(_cause(scene, name, events[name], rates[name]))
        inside = float((window.domain == 0).mean())
        report = {"n": len(window), "keys": len(set(window.block.tolist())), "rates": rates, "in_domain": inside}
        kinds = (OPERATING_POINT,) if reference is not None or self.reject_above else ()
        return Observation(PART, kinds, tuple(causes), report)


def _events(answers: Profile | Window) -> dict[str, NDArray[np.bool_]]:
    unsure, out = (answers.domain == DOMAINS.index(name) for name in ("unsure", "out"))
    return {"rejected": answers.rejected, "unsure": unsure, "out": out}


def _bound(usual: float | None) -> float | None:
    return None if usual is None else min(1.0, FACTOR * usual + MARGIN)


def _interval(hits: NDArray[np.bool_], block: NDArray[Any]) -> tuple[float, float]:
    """Ends of the interval of a share at 95 %, pictures of one key counted together; of a lone key, each by itself."""
    from assay.evaluation.intervals import wilson_interval
    from assay.monitoring.estimate.blocks import share_over_blocks

    if len(np.unique(block)) == 1:
        return wilson_interval(int(hits.sum()), len(hits), confidence=0.95) or (0.0, 1.0)
    share = share_over_blocks(hits, block, 0.95)
    return (0.0, 1.0) if share.low is None or share.high is None else (share.low, share.high)


def _cause(scene: Scene, name: str, hits: NDArray[np.bool_], numbers: dict[str, Any]) -> Cause:
    assert scene.window is not None
    rows = np.flatnonzero(hits)
    rows = rows[np.argsort(scene.window.confidence[rows], kind="stable")]
    answers = scene.answers(rows[:200], 1 - scene.window.confidence[rows[:200]])
    rate, bound = numbers["rate"], numbers["bound"]
    words = {"rejected": "rejected", "unsure": "unsure", "out": "out of domain"}[name]
    sentence = f"{rate:.1%} of the answers are {words}; more than {bound:.1%} is too many"
    values = {"rate": rate, "bound": bound, "lower": numbers["lower"], "upper": numbers["upper"]}
    step = NextStep(REVIEW_NEXT, min(TO_REVIEW, len(answers)))
    return Cause(f"operating_point/{name}", OPERATING_POINT, f"operating.{name}", values, sentence, answers, step)
