import numpy as np
import pytest
import scipy.stats

from assay.evaluation.intervals import percentile_interval, reflected_interval, wilson_interval


@pytest.mark.parametrize(("hits", "n"), [(0, 3), (3, 3), (7, 10), (81, 263), (1, 1)])
def test_wilson_is_the_interval_of_scipy(hits, n):
    expected = scipy.stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(hits, n) == pytest.approx((expected.low, expected.high))


def test_a_share_of_nothing_has_no_interval():
    assert wilson_interval(0, 0) is None


def test_undefined_resamples_are_left_out():
    drawn = np.concatenate([np.linspace(0, 1, 101), np.full(50, np.nan)])
    assert percentile_interval(drawn) == pytest.approx((0.025, 0.975))


def test_mostly_undefined_resamples_give_no_interval():
    assert percentile_interval(np.array([0.5, np.nan, np.nan])) is None


def test_reflection_takes_out_what_resampling_adds_and_keeps_the_value_inside():
    drawn = np.linspace(0.4, 0.6, 1001)
    assert reflected_interval(drawn, 0.4) == pytest.approx((2 * 0.4 - 0.595, 0.4))
    assert reflected_interval(drawn, 0.25, floor=0) == pytest.approx((0, 0.25))
