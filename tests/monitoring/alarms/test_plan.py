"""How often somebody looks, and how seldom an alarm may be false."""

from __future__ import annotations

import re

import pytest

from assay.errors import ConfigError
from assay.monitoring.alarms.plan import AlarmPlan, days


@pytest.mark.parametrize(
    ("span", "expected"),
    [("7d", 7), ("12h", 0.5), ("2w", 14), ("1 week", 7), ("6 months", 182.625), ("1 year", 365.25), ("3 days", 3)],
)
def test_a_span_is_counted_in_days(span, expected) -> None:
    assert days(span, "every") == pytest.approx(expected)


@pytest.mark.parametrize("span", ["", "0d", "month", "7", "1 fortnight", "-1 day"])
def test_what_is_no_span_is_refused_with_a_way_out(span) -> None:
    with pytest.raises(ConfigError, match="every='6 months'"):
        days(span, "every")


def test_looks_share_one_false_alarm() -> None:
    plan = AlarmPlan("6 months", "1 week")
    assert plan.looks == pytest.approx(26.09, abs=0.01)
    assert plan.alpha == pytest.approx(1 / 26.09, rel=1e-3)


def test_a_plan_that_alarms_at_every_look_is_refused_and_the_named_span_works() -> None:
    with pytest.raises(ConfigError, match="each look would be one") as refused:
        AlarmPlan("1 week", "1 week")
    (span,) = re.findall(r"every=(\S+)$", str(refused.value))
    assert AlarmPlan("1 week", span).looks == pytest.approx(7)


def test_more_looks_cannot_be_needed_than_are_counted() -> None:
    with pytest.raises(ConfigError, match="needed=3 of=2"):
        AlarmPlan(needed=3, of=2)


def test_the_promise_is_a_sentence() -> None:
    assert AlarmPlan(needed=2, of=3).words == "one false alarm in 6 months at a look every 1d, raised by 2 of 3 looks"
