"""Where confidence and reviewed labels contradict each other, the report says which one to trust."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from assay.monitoring.estimate.estimate import CONFIDENCE_BASED, PREDICTION_POWERED
from assay.serving.reports.estimate_tables import estimates_in_words


def estimates(powered: tuple[float, float, float], confident: tuple[float, float, float]) -> SimpleNamespace:
    values = {PREDICTION_POWERED: (*powered, 20), CONFIDENCE_BASED: (*confident, 0)}
    made = {
        method: SimpleNamespace(value=value, lower=lower, upper=upper, labels=labels, assumption="holds")
        for method, (value, lower, upper, labels) in values.items()
    }
    return SimpleNamespace(of=lambda metric, method: made[method])


@pytest.mark.parametrize(
    ("powered", "confident", "says"),
    [
        ((0.64, 0.51, 0.76), (0.89, 0.81, 0.94), "surer than it is right"),
        ((0.95, 0.92, 0.97), (0.80, 0.75, 0.91), "right more often than it is sure"),
        ((0.80, 0.70, 0.85), (0.89, 0.84, 0.94), ""),
    ],
)
def test_two_estimates_that_contradict_each_other_are_said_to(powered, confident, says) -> None:
    lines = estimates_in_words(estimates(powered, confident))
    assert len(lines) == 2 + bool(says)
    assert says in lines[-1]
