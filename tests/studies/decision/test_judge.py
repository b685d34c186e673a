"""Each criterion alone: met, missed, open or not known, and nothing passes by default."""

from __future__ import annotations

import pytest

from assay.errors import ConfigError, DataError, StudyError
from assay.measurement import Measurement
from assay.studies.decision.criterion import Criterion
from assay.studies.decision.decide import decide
from assay.studies.decision.judge import judge

AT_LEAST = Criterion("macro_f1", at_least=0.85)


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ((0.86, 0.9, 0.94), "met"),
        ((0.85, 0.9, 0.94), "met"),  # the bound itself passes
        ((0.8499, 0.9, 0.94), "open"),
        ((0.70, 0.8, 0.85), "open"),  # the upper end still touches it
        ((0.70, 0.8, 0.8499), "missed"),
        (0.99, "unknown"),  # a value alone is not sure
        (None, "unknown"),
        ("absent", "unknown"),
        ((0.86, 0.84, 0.94), "open"),  # a bias-corrected interval that leaves its own value out
    ],
)
def test_the_whole_interval_has_to_be_on_the_right_side(study, variant, number, state: str) -> None:
    one = variant("a", number)
    assert judge(study(one, variant("b")), one, AT_LEAST).state == state


@pytest.mark.parametrize(
    ("number", "state"),
    [((80, 90, 100), "met"), ((80, 90, 100.1), "open"), ((100, 110, 120), "open"), ((100.1, 110, 120), "missed")],
)
def test_at_most_is_the_same_from_the_other_side(study, variant, number, state: str) -> None:
    one = variant("a", latency=number)
    assert judge(study(one), one, Criterion("cost/latency_p95_ms", at_most=100.0)).state == state


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ((0.86, 0.9, 0.92), "met"),
        ((0.84, 0.9, 0.92), "open"),
        ((0.86, 0.9, 0.97), "open"),
        ((0.96, 0.97, 0.98), "missed"),
    ],
)
def test_two_bounds_both_have_to_hold(study, variant, number, state: str) -> None:
    one = variant("a", number)
    assert judge(study(one), one, Criterion("macro_f1", at_least=0.85, at_most=0.95)).state == state


def test_where_sure_is_false_the_value_alone_decides_and_nothing_is_open(study, variant) -> None:
    unsure = Criterion("macro_f1", at_least=0.85, sure=False)
    states = {}
    for name, number in {"wide": (0.2, 0.86, 0.99), "bare": 0.86, "below": (0.8, 0.84, 0.9), "none": None}.items():
        one = variant(name, number)
        states[name] = judge(study(one), one, unsure).state
    assert states == {"wide": "met", "bare": "met", "below": "missed", "none": "unknown"}


def test_a_size_is_counted_and_a_latency_is_not(study, variant) -> None:
    one = variant("a", latency=20.0, size=10.0)
    assert judge(study(one), one, Criterion("cost/size_mb", at_most=50.0)).state == "met"
    assert judge(study(one), one, Criterion("cost/latency_p95_ms", at_most=2000.0)).state == "unknown"


def test_every_class_has_to_hold_and_the_worst_is_named(study, variant) -> None:
    criterion = Criterion("f1", at_least=0.85)
    open_one = variant("a", f1={"bad": (0.8, 0.87, 0.9), "good": (0.9, 0.95, 0.99)})
    assert judge(study(open_one), open_one, criterion).state == "open"
    assert judge(study(open_one), open_one, criterion).worst.class_name == "bad"
    missed = variant("b", f1={"bad": (0.5, 0.87, 0.9), "good": (0.80, 0.82, 0.84)})
    found = judge(study(missed), missed, criterion)
    assert (found.state, found.worst.class_name) == ("missed", "good")  # worse by state, though nearer to the bound
    both = variant("c", f1={"bad": (0.7, 0.75, 0.8), "good": (0.6, 0.65, 0.7)})
    assert judge(study(both), both, criterion).worst.class_name == "good"
    assert len(judge(study(both), both, criterion).failing) == 2


def test_a_class_without_a_number_fails(study, variant) -> None:
    one = variant("a", f1={"good": (0.9, 0.95, 0.99)})
    found = judge(study(one, variant("b")), one, Criterion("f1", at_least=0.85))
    assert (found.state, found.worst.class_name) == ("unknown", "bad")


def test_a_number_that_is_none_never_gets_as_far_as_a_criterion() -> None:
    with pytest.raises(DataError, match="nan"):
        Measurement(float("nan"), 0.1, 0.2, 10, "by hand")
    with pytest.raises(DataError, match="inf"):
        Measurement(1.0, 0.1, float("inf"), 10, "by hand")


def test_margins_are_shares_of_the_bound() -> None:
    assert AT_LEAST.margin(0.80) == pytest.approx(-0.05 / 0.85)
    assert Criterion("x", at_most=2000.0).margin(2500) == pytest.approx(-0.25)
    assert Criterion("x", at_most=0.0).margin(0.3) == pytest.approx(-0.3)


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ({"macro_f1": {"at_leest": 0.8}}, "policy.criteria.macro_f1.at_leest: no such key; did you mean at_least?"),
        ({"macro_f1": {}}, "a bound is needed"),
        ({"macro_f1": 0.85}, "must be a bound, as in {at_least: 0.85}, got 0.85"),
        ({"macro_f1": {"at_least": "high"}}, "must be a finite number, got 'high'"),
        ({"macro_f1": {"at_least": float("nan")}}, "must be a finite number, got nan"),
        ({"macro_f1": {"at_least": True}}, "must be a finite number, got True"),
        ({"macro_f1": {"at_least": 0.9, "at_most": 0.8}}, "nothing is at least 0.9 and at most 0.8"),
        ({"macro_f1": {"at_least": 0.9, "sure": 1}}, "must be true or false, got 1"),
    ],
)
def test_a_criterion_that_cannot_be_is_refused(policy, criteria, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        policy(criteria=criteria)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"criteria": {"macrof1": {"at_least": 1}}}, "no variant of study hand has such a number; did you mean macro"),
        ({"criteria": {"macro_f1": {"at_most": 0.8}}}, "policy.criteria.macro_f1: higher is better; write at_least"),
        ({"criteria": {"cost/size_mb": {"at_least": 9}}}, "criteria.cost/size_mb: lower is better; write at_most"),
        ({"objectives": ["cost/latency_ms"]}, "policy.objectives: cost/latency_ms: no variant of study hand has such"),
        ({"objectives": ["f1"]}, "policy.objectives: f1 is one number per class"),
        ({"objectives": ["odd"]}, "policy.objectives: odd: it is not known which side"),
    ],
)  # fmt: skip
def test_what_no_variant_has_is_a_slip_of_the_pen(study, variant, policy, keys, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        decide(study(variant("a", more={"odd": 1.0})), policy(**keys), name="p")
    assert said in str(caught.value)


def test_a_policy_needs_objectives_and_none_twice(policy) -> None:
    with pytest.raises(ConfigError, match="one metric at least has to decide"):
        policy(objectives=[])
    with pytest.raises(ConfigError, match="macro_f1 is named twice"):
        policy(objectives=["macro_f1", "macro_f1"])


def test_a_study_whose_trainings_all_failed_decides_nothing(study, variant, policy) -> None:
    with pytest.raises(StudyError, match="none of its trainings ended well"):
        decide(study(variant("a", trainings=2, failed=2)), policy(), name="p")


def test_a_criterion_of_null_is_taken_away_and_one_may_be_less_sure_than_the_rest(policy) -> None:
    criteria = {"macro_f1": None, "cost/latency_p95_ms": {"at_most": 5, "sure": False}, "cost/size_mb": {"at_most": 5}}
    assert [(one.metric, one.sure) for one in policy(criteria=criteria).demands] == [
        ("cost/latency_p95_ms", False),
        ("cost/size_mb", True),
    ]
