"""Whole decisions on studies made by hand: who is taken, who is not, and whether the reasons say what is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.measurement import Measurement
from assay.studies.decision.decision import Decision


def why(decision: Decision, name: str) -> str:
    return decision.candidate(name).why


def roles(decision: Decision) -> dict[str, str]:
    return {one.name: one.role for one in decision.candidates}


def test_the_one_that_meets_everything_is_taken_and_the_others_say_what_they_lack(decided, variant) -> None:
    found = decided(
        variant("good", (0.88, 0.90, 0.92)),
        variant("heavy", (0.93, 0.94, 0.95), size=94.4),
        variant("open", (0.83, 0.87, 0.90)),
        variant("poor", (0.70, 0.72, 0.74)),
        variant("slow", latency=(1900.0, 2100.0, 2300.0)),
    )
    assert found.chosen == "good"
    assert (
        found.answer
        == "Take good. It meets every criterion of roadmap, with whole intervals: the only one of 5 variants."
    )
    assert set(roles(found).values()) == {"chosen", "not eligible"}
    assert why(found, "heavy") == "Size is 94.4 MB, 44.4 MB over 50 MB"
    assert why(found, "open") == (
        "Macro-F1 is 0.870, but its interval (0.830 to 0.900) reaches below 0.85; about 1,200 more test images would "
        "clear it, if the value stays"
    )
    assert why(found, "poor") == "Macro-F1 is 0.720 (0.700 to 0.740), 0.130 short of 0.85 with its whole interval"
    assert why(found, "slow") == (
        "Latency p95 is 2,100 ms (1,900 to 2,300), 100 ms over 2000 ms; its interval reaches past the bound, so it "
        "is inconclusive"
    )  # fmt: skip


def test_what_is_missing_does_not_pass_and_is_named(decided, variant) -> None:
    found = decided(
        variant("good"),
        variant("untimed", latency="absent"),
        variant("once", latency=20.0),
        variant("undefined", None),
        variant("failed", trainings=2, failed=2),
        variant("classless", f1={"good": (0.9, 0.95, 0.99)}),
    )
    assert found.chosen == "good"
    assert why(found, "untimed").startswith("Latency p95 is unknown, so it does not pass (it takes 72 timed")
    assert why(found, "once") == (
        "Latency p95 is 20 ms without an interval (by hand: no interval), so nothing about it is sure"
    )
    assert any("policy.criteria.cost/latency_p95_ms.sure=false lets the value decide" in note for note in found.notes)
    assert why(found, "undefined") == "Macro-F1 is unknown, so it does not pass"
    assert why(found, "classless") == "F1 of bad is unknown, so it does not pass"
    assert why(found, "failed") == "none of its trainings ended well"
    assert "failed: 2 of 2 trainings came to nothing (TrainingError: the loss is not a number)." in found.notes


def test_an_objective_without_a_value_is_no_place_to_be_chosen_from(decided, variant) -> None:
    found = decided(variant("good"), variant("untimed", (0.96, 0.97, 0.98), latency="absent"), criteria={})
    assert found.chosen == "good"
    assert why(found, "untimed").endswith("run the study with evaluation=standard)")
    assert not found.candidate("untimed").on_front


def test_the_worst_class_decides_and_the_others_are_named(decided, variant) -> None:
    found = decided(variant("good"), variant("uneven", f1={"bad": (0.6, 0.7, 0.8), "good": (0.5, 0.6, 0.7)}))
    assert why(found, "uneven") == (
        "F1 of good is 0.600 (0.500 to 0.700), 0.250 short of 0.85 with its whole interval "
        "(the same criterion fails for bad)"
    )


def test_none_is_taken_when_none_meets_everything_and_the_nearest_is_named(decided, variant) -> None:
    found = decided(
        variant("two", (0.83, 0.84, 0.849), size=51.0),
        variant("one", (0.70, 0.72, 0.74)),
        variant("nearer", (0.75, 0.78, 0.80)),
    )
    assert (found.chosen, found.nearest) == (None, "nearer")
    assert [one.name for one in found.candidates] == ["nearer", "one", "two"]
    assert found.answer == (
        "Take none. None of 3 variants meets every criterion of roadmap. Nearest is nearer: Macro-F1 is 0.780 (0.750 "
        "to 0.800), 0.070 short of 0.85 with its whole interval."
    )


def test_open_is_nearer_than_missed(decided, variant) -> None:
    found = decided(
        variant("missed", size=50.1), variant("open", (0.80, 0.86, 0.9), f1=dict.fromkeys(("bad", "good"), 0.9))
    )
    assert found.nearest == "missed"  # "open" lacks the intervals of its classes, which more images would not mend
    opens = decided(variant("missed", size=50.1), variant("open", (0.60, 0.86, 0.9), latency=(1.0, 5.0, 3000.0)))
    assert opens.nearest == "open"


def test_of_two_that_miss_as_many_criteria_the_one_that_lacks_less_is_nearer(decided, variant) -> None:
    found = decided(variant("much", (0.93, 0.94, 0.95), size=60.0), variant("little", size=52.0))
    assert found.nearest == "little"
    units = decided(variant("much", latency=(2400.0, 2500.0, 2600.0)), variant("little", size=52.0))
    assert units.nearest == "little"


def test_a_single_variant_is_taken_or_not(decided, variant) -> None:
    assert decided(variant("only")).answer == "Take only. It meets every criterion of roadmap, with whole intervals."
    assert decided(variant("only"), criteria={}).answer == "Take only. It is the only variant."
    refused = decided(variant("only", size=60.0))
    assert refused.answer == (
        "Take none. only, the only variant, does not meet every criterion of roadmap. What it lacks: Size is 60 MB, "
        "10 MB over 50 MB."
    )


def test_by_value_alone_more_passes_and_the_report_says_so(decided, variant) -> None:
    wide = variant("wide", (0.70, 0.87, 0.95))
    assert decided(wide).chosen is None
    found = decided(wide, sure=False)
    assert found.chosen == "wide"
    assert "by value alone" in found.answer
    assert any("The value alone decided on Macro-F1, F1, Latency p95 and Size" in note for note in found.notes)


def test_a_gain_that_is_not_shown_loses_to_the_cheaper_one_with_the_reason(decided, variant, comparison) -> None:
    small = variant("small", (0.87, 0.89, 0.91), latency=(9.0, 10.0, 11.0))
    large = variant("large", (0.89, 0.91, 0.93), latency=(90.0, 100.0, 110.0))
    alone = decided(small, large)
    assert alone.chosen == "small"
    assert why(alone, "large") == (
        "its better Macro-F1 than that of small (0.910 against 0.890) is not significant: the intervals overlap; "
        "Latency p95 is 100 ms (90 to 110) against 10 ms (9 to 11) of small"
    )
    assert "large has a better Macro-F1 (0.910 against 0.890), but the gain is not significant" in alone.answer
    assert any("no paired comparison" in note for note in alone.notes)
    assert any("A study with small as its baseline" in note for note in alone.notes)
    paired = decided(small, large, comparison=comparison("small", {"large": ("not established", 0.02, 340)}))
    assert paired.paired
    assert "inconclusive on the same images (Holm-adjusted p 0.030); at this effect size about 340 more images" in why(
        paired, "large"
    )
    assert not any("no paired comparison" in note for note in paired.notes)
    shown = decided(small, large, comparison=comparison("small", {"large": ("better", 0.02, None)}))
    assert shown.chosen == "large"
    assert why(shown, "small").endswith(": significant on the same images (Holm-adjusted p 0.030)")


def test_a_comparison_of_other_trainings_is_not_used(decided, variant, comparison) -> None:
    small, large = variant("small", latency=(9.0, 10.0, 11.0)), variant("large", (0.89, 0.91, 0.93))
    claims = comparison("small", {"large": ("better", 0.02, None)})
    assert decided(small, large, comparison=claims).chosen == "large"
    other = replace(claims, baseline=replace(claims.baseline, runs=("another",)))
    found = decided(small, large, comparison=other)
    assert found.chosen == "small"
    assert not found.paired
    assert any("is of other trainings and was not used" in note for note in found.notes)
    assert not decided(large, small, comparison=claims).paired  # another baseline


def test_runners_up_say_by_whom_they_are_dominated_and_how_surely(decided, variant) -> None:
    found = decided(
        variant("best", (0.93, 0.94, 0.95), latency=(9.0, 10.0, 11.0), size=5.0),
        variant("far", (0.88, 0.89, 0.90), latency=(50.0, 55.0, 60.0), size=9.0),
        variant("near", (0.92, 0.93, 0.94), latency=(10.0, 10.5, 12.0), size=5.0),
    )
    assert [one.name for one in found.candidates] == ["best", "near", "far"]
    assert why(found, "far") == (
        "dominated by best (for certain: the intervals do not overlap): Macro-F1 0.890 against 0.940, "
        "Latency p95 55 ms against 10 ms and Size 9 MB against 5 MB"
    )
    assert why(found, "near") == (
        "dominated by best (by value, not for certain): Macro-F1 0.930 against 0.940 and Latency p95 10.5 ms "
        "against 10 ms; it is better in nothing"
    )
    assert found.candidate("best").on_front
    assert found.candidate("far").certainly_dominated
    assert not found.candidate("near").certainly_dominated


def test_the_chosen_one_is_said_to_look_too_good_only_where_there_was_a_choice(decided, variant) -> None:
    said = "rather too good than too bad"
    assert any(said in note for note in decided(variant("a"), variant("b")).notes)
    assert not any(said in note for note in decided(variant("a")).notes)


def test_with_several_trainings_more_images_are_a_lower_limit(decided, variant) -> None:
    found = decided(variant("open", (0.83, 0.87, 0.90), trainings=3))
    assert "at least 1,200 more test images would clear it, if the value stays and the trainings agree" in found.answer


def test_a_class_that_is_right_throughout_passes_only_with_enough_images(decided, variant) -> None:
    from scipy.stats import binomtest

    few, many = variant("few"), variant("many")
    perfect = {
        name: replace(
            one,
            values=tuple(
                replace(value, measured=Measurement(1.0, 1.0, 1.0, images, "bootstrap")) if value.class_name else value
                for value in one.values
            ),
        )
        for name, one, images in (("few", few, 5), ("many", many, 100))
    }
    found = decided(perfect["few"], perfect["many"])
    assert found.chosen == "many"
    low = binomtest(5, 5).proportion_ci(0.95, method="exact").low
    part = found.candidate("few").judgements[1].worst
    assert part.measured is not None
    assert part.measured.low == pytest.approx(low)
    assert part.state == "open"
    assert "its interval (0.478 to 1.000) reaches below 0.85" in why(found, "few")


def test_an_interval_without_width_elsewhere_is_none(decided, variant) -> None:
    found = decided(variant("good"), variant("odd", (0.9, 0.9, 0.9)))
    assert "without an interval (no interval: no resample differs" in why(found, "odd")
    zero = decided(
        variant("good", more={"ood/false_reject": (0.0, 0.0, 0.0)}), criteria={"ood/false_reject": {"at_most": 0.01}}
    )
    assert zero.candidates[0].judgements[0].worst.measured.high == pytest.approx(1 - 0.025 ** (1 / 400))


def test_sizes_that_differ_by_bytes_are_no_reason(decided, variant) -> None:
    found = decided(variant("a", size=20.30001), variant("b", (0.86, 0.88, 0.90), size=20.30002))
    assert "Size" not in why(found, "b")
    assert why(found, "b").endswith("Macro-F1 0.880 against 0.900; it is better in nothing")


def test_the_order_of_the_variants_changes_nothing_but_the_baseline_does(decided, variant, study, policy) -> None:
    from assay.studies.decision.decide import decide

    variants = [
        variant("a", (0.88, 0.90, 0.92), size=20.0),
        variant("b", (0.90, 0.92, 0.94), latency=(50.0, 55.0, 60.0)),
        variant("c", (0.70, 0.72, 0.74)),
        variant("d", size=99.0),
    ]
    first = decide(study(*variants, baseline="a"), policy(), name="p")
    second = decide(study(*reversed(variants), baseline="a"), policy(), name="p")
    assert first == second
