"""The choice: a gain has to be shown, among equals cost decides, and the order of the variants never matters."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.studies.decision.apart import DecisionEvidence
from assay.studies.decision.choose import choose, ranked

OBJECTIVES = ("macro_f1", "cost/latency_p95_ms", "cost/size_mb")


def chosen(study, *variants, comparison=None, cost_tolerance=0.0) -> str:
    evidence = DecisionEvidence(study(*variants), comparison, cost_tolerance=cost_tolerance)
    return choose([one.name for one in variants], OBJECTIVES, evidence).chosen


def test_a_better_model_that_is_shown_to_be_better_wins_whatever_it_costs(study, variant) -> None:
    small = variant("small", (0.78, 0.80, 0.82), latency=(9, 10, 11), size=5.0)
    large = variant("large", (0.88, 0.90, 0.92), latency=(900, 1000, 1100), size=49.0)
    assert chosen(study, small, large) == "large"


def test_a_better_model_that_is_not_shown_to_be_better_loses_to_the_faster_one(study, variant) -> None:
    small = variant("small", (0.86, 0.88, 0.90), latency=(9, 10, 11), size=5.0)
    large = variant("large", (0.89, 0.91, 0.93), latency=(900, 1000, 1100), size=4.0)
    assert chosen(study, small, large) == "small"


def test_where_latency_tells_nothing_apart_the_smaller_one_wins(study, variant) -> None:
    first = variant("first", (0.86, 0.88, 0.90), latency=(8, 10, 12), size=9.0)
    second = variant("second", (0.87, 0.89, 0.91), latency=(9, 11, 13), size=5.0)
    assert chosen(study, first, second) == "second"


def test_the_paired_claim_goes_before_the_intervals(study, variant, comparison) -> None:
    base = variant("base", (0.86, 0.88, 0.90), latency=(9, 10, 11))
    other = variant("other", (0.87, 0.89, 0.91), latency=(90, 100, 110))
    assert chosen(study, base, other) == "base"
    established = comparison("base", {"other": ("better", 0.01, None)})
    assert chosen(study, base, other, comparison=established) == "other"
    apart = variant("other", (0.95, 0.96, 0.97), latency=(90, 100, 110))
    assert chosen(study, base, apart) == "other"
    doubted = comparison("base", {"other": ("not established", 0.08, 50)})
    assert chosen(study, base, apart, comparison=doubted) == "base"


def test_two_variants_are_told_apart_through_the_baseline(study, variant, comparison) -> None:
    base = variant("base", (0.80, 0.86, 0.92), latency=(1, 2, 3))
    up = variant("up", (0.82, 0.88, 0.94), latency=(90, 100, 110))
    down = variant("down", (0.78, 0.84, 0.90), latency=(9, 10, 11))
    claims = comparison("base", {"up": ("better", 0.02, None), "down": ("worse", -0.02, None)})
    evidence = DecisionEvidence(study(base, up, down), claims)
    assert evidence.difference("macro_f1", "down", "up").better == "up"
    assert evidence.difference("macro_f1", "down", "up").ground == "through the baseline"
    assert choose(["up", "down"], OBJECTIVES, evidence).chosen == "up"
    half = comparison("base", {"up": ("better", 0.02, None), "down": ("not established", -0.02, 10)})
    assert DecisionEvidence(study(base, up, down), half).difference("macro_f1", "down", "up").better is None


def test_next_to_an_uncertain_best_one_a_worse_one_does_not_pass_for_equal(study, variant) -> None:
    unsure = variant("unsure", (0.80, 0.92, 0.99), latency=(90, 100, 110), size=9.0)
    good = variant("good", (0.90, 0.91, 0.92), latency=(50, 55, 60), size=9.0)
    cheap = variant("cheap", (0.84, 0.85, 0.86), latency=(1, 2, 3), size=9.0)
    assert chosen(study, unsure, good, cheap) == "good"


def test_what_an_eligible_one_dominates_is_not_chosen_for_being_less_sure(study, variant) -> None:
    best = variant("best", (0.93, 0.94, 0.95), latency=(90, 100, 110))
    solid = variant("solid", (0.89, 0.90, 0.91), latency=(8, 10, 12))
    vague = variant("vague", (0.70, 0.89, 0.99), latency=(9, 11, 13))
    assert chosen(study, best, solid, vague) == "best"


def test_values_decide_where_nothing_else_does_and_then_names(study, variant) -> None:
    first = variant("first", 0.1, size=7.0)
    better, other = variant("b", (0.81, 0.91, 1.0), size=7.0), variant("a", (0.8, 0.9, 1.0), size=7.0)
    evidence = DecisionEvidence(study(first, better, other))
    assert choose(["a", "b"], OBJECTIVES, evidence).chosen == "b"
    same = DecisionEvidence(study(first, variant("b"), variant("a")))
    assert choose(["a", "b"], OBJECTIVES, same).chosen == "a"


def test_the_baseline_is_kept_where_no_variant_is_shown_to_be_better(study, variant) -> None:
    baseline = variant("plain", (0.8, 0.9, 1.0), size=7.0)
    assert chosen(study, baseline, variant("a", (0.81, 0.91, 1.0), size=7.0)) == "plain"
    assert chosen(study, variant("z"), variant("a")) == "z"
    assert chosen(study, baseline, variant("cheap", (0.81, 0.91, 1.0), size=1.0)) == "cheap", "costs decide"


def test_costs_within_the_tolerance_count_as_the_same(study, variant) -> None:
    first = variant("first", (0.8, 0.9, 1.0), latency=10.0, size=10.0)
    second = variant("second", (0.79, 0.89, 1.0), latency=9.8, size=9.0)
    tighter = variant("third", (0.78, 0.88, 1.0), latency=9.4, size=12.0)
    assert chosen(study, first, second) == "second"
    assert chosen(study, first, second, tighter, cost_tolerance=0.0) == "third"
    assert chosen(study, first, second, tighter, cost_tolerance=0.05) == "second"


def test_a_latency_without_an_interval_counts_as_it_stands_but_a_quality_does_not(study, variant) -> None:
    slow = variant("slow", 0.99, latency=100.0)
    fast = variant("fast", 0.90, latency=10.0)
    assert chosen(study, slow, fast) == "fast"


def test_a_single_variant_is_chosen_without_a_step(study, variant) -> None:
    choice = choose(["a"], OBJECTIVES, DecisionEvidence(study(variant("a"))))
    assert (choice.chosen, choice.steps, choice.left) == ("a", (), ("a",))


numbers = st.sampled_from([0.70, 0.75, 0.80, 0.81, 0.82, 0.85, 0.9])
costs = st.sampled_from([1.0, 1.02, 2.0, 5.0, 20.0])
drawn = st.lists(st.tuples(numbers, st.sampled_from([0.005, 0.02, 0.2]), costs, costs), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None)
@given(drawn=drawn, seed=st.integers(0, 10**6), tolerance=st.sampled_from([0.0, 0.05]))
def test_neither_the_choice_nor_the_ranking_depends_on_the_order(variant, study, drawn, seed, tolerance) -> None:
    variants = [
        variant(f"v{place}", (f1 - half, f1, f1 + half), latency=(latency * 0.9, latency, latency * 1.1), size=size)
        for place, (f1, half, latency, size) in enumerate(drawn)
    ]
    names = [one.name for one in variants]
    evidence = DecisionEvidence(study(*variants), cost_tolerance=tolerance)
    shuffled = names[:]
    random.Random(seed).shuffle(shuffled)
    first, second = (choose(order, OBJECTIVES, evidence) for order in (names, shuffled))
    assert first == second
    assert ranked(names, OBJECTIVES, evidence) == ranked(shuffled, OBJECTIVES, evidence)
    value = {one.name: (f1, -latency, -size) for one, (f1, _, latency, size) in zip(variants, drawn, strict=True)}
    if first.chosen == evidence.baseline:  # kept where nobody is shown to be better, whatever the bare values say
        return
    best = value[first.chosen]
    assert not any(other != best and all(a >= b for a, b in zip(other, best, strict=True)) for other in value.values())
    interval = {one.name: (f1 - half, f1 + half) for one, (f1, half, _, _) in zip(variants, drawn, strict=True)}
    front = set(first.left) | {first.chosen} | {one.name for step in first.steps for one in step.dropped}
    assert all(interval[name][0] <= interval[first.chosen][1] for name in front)  # none is shown to be better


@pytest.mark.parametrize("first", ["a", "b"])
def test_ranking_is_choosing_again_without_the_ones_before(study, variant, first: str) -> None:
    a, b, c = (
        variant("a", (0.88, 0.90, 0.92), latency=(9, 10, 11)),
        variant("b", (0.88, 0.90, 0.92), latency=(90, 100, 110)),
        variant("c", (0.70, 0.72, 0.74), latency=(1, 2, 3)),
    )
    order = [first, *{"a", "b", "c"} - {first}]
    assert ranked(order, OBJECTIVES, DecisionEvidence(study(a, b, c))) == ["a", "b", "c"]
