"""The one sentence that a drift report begins with."""

from __future__ import annotations

from collections.abc import Sequence

from assay.monitoring.drift.report import DriftCause, DriftTest, Verdict

MOST_CAUSES = 2


def headline(verdict: Verdict, causes: Sequence[DriftCause], *, n: int, tests: Sequence[DriftTest]) -> str:
    """The verdict, its cause, and for "no drift" what could have been seen.

    Args:
        verdict: on the window.
        causes: of a drift.
        n: pictures of the window.
        tests: all measures.
    """
    if verdict == "drift":
        words = "; ".join(cause.words for cause in causes[:MOST_CAUSES]) or "the window differs from the reference"
        return f"Drift in {n:,} pictures: {words}."
    if verdict == "cannot be said":
        return f"Nothing can be said about drift: {n:,} pictures of so few sources would not show any change."
    return f"No drift in {n:,} pictures. With so many, {_best(tests)} would have been seen (power .8)."


def _best(tests: Sequence[DriftTest]) -> str:
    by_label = {test.label: test for test in tests if test.detectable is not None}
    for label in ("domain", "confidence", "rejected"):
        if label in by_label:
            return by_label[label].seen.split(";")[0]
    first = min(by_label.values(), key=lambda test: test.detectable or 0.0)
    return f"{first.seen}"
