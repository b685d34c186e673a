"""The Pareto front against brute force, and what "for certain" means."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.measurement import Measurement
from assay.studies.decision.front import Dominance, dominances

OBJECTIVES = ("macro_f1", "cost/latency_p95_ms", "cost/size_mb")


def values(f1, latency, size):
    def one(number):
        low, value, high = number if isinstance(number, tuple) else (None, number, None)
        return Measurement(value, low, high, 100, "by hand")

    return dict(zip(OBJECTIVES, map(one, (f1, latency, size)), strict=True))


small = st.integers(0, 3).map(float)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(small, small, small), min_size=1, max_size=8))
def test_the_front_is_what_brute_force_leaves(points) -> None:
    found = dominances(OBJECTIVES, {f"v{place}": values(*point) for place, point in enumerate(points)})
    turned = [(f1, -latency, -size) for f1, latency, size in points]
    for place, mine in enumerate(turned):
        over = {
            f"v{other}"
            for other, its in enumerate(turned)
            if its != mine and its[0] >= mine[0] and its[1] >= mine[1] and its[2] >= mine[2]
        }
        assert {one.by for one in found[f"v{place}"]} == over


def test_for_certain_means_that_no_interval_reaches_over() -> None:
    found = dominances(
        OBJECTIVES,
        {
            "best": values((0.88, 0.90, 0.92), (9, 10, 11), 5.0),
            "far": values((0.70, 0.72, 0.74), (20, 22, 24), 6.0),
            "touching": values((0.70, 0.72, 0.74), (11, 12, 13), 5.0),
            "near": values((0.85, 0.87, 0.89), (20, 22, 24), 6.0),
            "bare": values(0.5, (20, 22, 24), 6.0),
        },
    )
    assert found["best"] == ()
    assert found["far"][0] == Dominance("best", certain=True)
    assert Dominance("best", certain=True) in found["touching"]
    assert found["near"] == (Dominance("best", certain=False),)
    assert all(not one.certain for one in found["bare"])


def test_equals_do_not_dominate_each_other() -> None:
    same = values((0.88, 0.90, 0.92), (9, 10, 11), 5.0)
    assert dominances(OBJECTIVES, {"a": same, "b": same}) == {"a": (), "b": ()}


def test_what_lacks_a_value_dominates_nothing_and_is_dominated_by_nothing() -> None:
    lacking = {**values((0.98, 0.99, 1.0), 1.0, 1.0), "cost/size_mb": None}
    found = dominances(OBJECTIVES, {"a": values((0.5, 0.6, 0.7), 10.0, 5.0), "b": lacking})
    assert found == {"a": (), "b": ()}
