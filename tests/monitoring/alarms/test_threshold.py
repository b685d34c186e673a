"""The threshold of an alarm: read off windows without drift, and as rare as is wanted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from tests.monitoring.drift.worlds import a_profile

from assay.errors import DataError
from assay.monitoring.alarms.plan import AlarmPlan
from assay.monitoring.alarms.replay import Replays, replay
from assay.monitoring.alarms.threshold import calibrated_threshold, crossing_levels, threshold_of

WEEKLY = AlarmPlan("10 weeks", "1 week")


def of_uniform(plan, shape=(4000, 1), power=1.0, seed=0):
    p = np.random.default_rng(seed).random(shape) ** power
    return threshold_of(Replays(p, 100, 100), plan)


def test_uniform_p_values_give_the_wanted_level_itself_within_its_interval() -> None:
    threshold = of_uniform(WEEKLY)
    assert threshold.low < 0.1 < threshold.high
    assert threshold.level == pytest.approx(0.1, abs=0.015)
    assert threshold.nominal == pytest.approx(0.1, abs=0.015)


def test_p_values_that_are_too_small_lower_the_level() -> None:
    # Of p² a share of √level lies below a level.
    assert of_uniform(WEEKLY, power=2.0).level == pytest.approx(0.01, rel=0.2)


def test_the_interval_holds_the_true_level_about_as_often_as_it_says() -> None:
    covered = [(lambda each: each.low <= 0.1 <= each.high)(of_uniform(WEEKLY, (300, 1), seed=s)) for s in range(200)]
    assert np.mean(covered) > 0.92


def test_a_level_too_rare_for_the_replays_is_scaled_down() -> None:
    threshold = of_uniform(AlarmPlan("10 years", "1d"), (1000, 1))
    assert threshold.alpha < 1e-3
    assert threshold.level == pytest.approx(threshold.alpha, rel=0.7)
    assert threshold.draws(15) >= 15 / threshold.level


def test_replays_of_smaller_windows_never_loosen_the_level() -> None:
    p = np.sqrt(np.random.default_rng(0).random((2000, 1)))
    assert threshold_of(Replays(p, 100, 100), WEEKLY).level > 0.25
    assert threshold_of(Replays(p, 50, 100), WEEKLY).level == pytest.approx(0.1)


def test_two_of_three_looks_are_what_the_binomial_says_of_independent_ones() -> None:
    plan = AlarmPlan("10 weeks", "1 week", needed=2, of=3)
    level = of_uniform(plan, (3000, 6)).level
    assert binom.sf(1, 3, level) == pytest.approx(plan.alpha, rel=0.15)
    assert level > 0.15


def test_each_look_is_judged_with_those_before_it() -> None:
    p = np.array([[0.5, 0.01, 0.9, 0.02]])
    np.testing.assert_allclose(crossing_levels(p, 2, 3), [0.5, 0.02])
    np.testing.assert_allclose(crossing_levels(p, 1, 1), p[0])


@pytest.mark.parametrize("sizes", [[1] * 100, [40, *[1] * 60]])
def test_replayed_windows_seldom_alarm_also_where_one_key_sends_two_fifths_alike(sizes) -> None:
    replays = replay(a_profile(400), np.array(sizes), replays=60, draws=999)
    assert replays.smallest.shape == (60, 1)
    assert (replays.smallest <= 0.05).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 60)
    assert replays.n == replays.wanted_n == 100


def test_windows_larger_than_half_of_the_profile_are_replayed_smaller_and_that_is_kept() -> None:
    threshold = calibrated_threshold(a_profile(200), np.array([400, *[1] * 600]), WEEKLY, replays=10)
    assert (threshold.n, threshold.wanted_n) == (100, 1000)


def test_looks_that_overlap_share_their_pictures() -> None:
    apart = replay(a_profile(300), np.ones(30, int), looks=4, replays=15, draws=999, alike=False)
    overlapping = replay(a_profile(300), np.ones(30, int), looks=4, fresh=0.2, replays=15, draws=999, alike=False)

    def jumps(each):
        return np.abs(np.diff(each.smallest, axis=1)).mean()

    assert jumps(overlapping) < jumps(apart)


def test_a_profile_too_small_to_be_replayed_is_refused() -> None:
    with pytest.raises(DataError, match="16 images cannot be replayed"):
        replay(a_profile(16), np.ones(100, int))


def test_the_same_seed_gives_the_same_threshold() -> None:
    made = [calibrated_threshold(a_profile(120), np.ones(40, int), WEEKLY, replays=8, seed=3) for _ in range(2)]
    assert made[0] == made[1]
