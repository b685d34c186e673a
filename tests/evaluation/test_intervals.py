import numpy as np
import pytest
import scipy.stats

from assay.evaluation.intervals import bias_corrected_interval, percentile_interval, wilson_interval
from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics import Sample
from assay.evaluation.metrics.ranking import RankingMetrics


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


def test_the_correction_takes_out_the_bias_twice_and_keeps_the_value_inside():
    drawn = np.linspace(0.4, 0.6, 1001)  # mean 0.5, middle 95 % from 0.405 to 0.595
    assert bias_corrected_interval(drawn, 0.5) == pytest.approx((0.405, 0.595))
    assert bias_corrected_interval(drawn, 0.45) == pytest.approx((0.305, 0.495))
    assert bias_corrected_interval(drawn, 0.25) == pytest.approx((0.0, 0.25))


def test_average_precision_of_many_small_classes_is_held_once_the_bias_is_out(simulate):
    """Plain percentile intervals hold it almost never."""
    truth = precision_of(simulate(100_000, 20, seed=99), 0).value
    found = [precision_of(simulate(300, 20, seed=seed), 100) for seed in range(40)]
    assert sum(those.low <= truth <= those.high for those in found) >= 28


def precision_of(those, resamples):
    family = RankingMetrics(Sample.from_logits(those.labels, those.logits))
    return measure([family], Units(len(those), None, "images"), n=len(those), resamples=resamples).metrics["pr_auc"]
