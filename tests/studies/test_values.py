"""The numbers of a variant: means over trainings, with intervals that count images and trainings."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from assay.evaluation.cost import quantile_interval
from assay.measurement import Measurement
from assay.studies.values import over_trainings

KEY = ("macro_f1", None)
Z = 1.959963984540054


def one(value, half=None, n=100):
    return {
        KEY: Measurement(value, None if half is None else value - half, None if half is None else value + half, n, "x")
    }


def value_of(each, **how):
    (found,) = over_trainings(each, confidence=0.95, **how)
    return found


def test_a_single_training_keeps_its_own_interval() -> None:
    assert value_of([one(0.7, 0.05)]).measured == one(0.7, 0.05)[KEY]


def test_the_variance_is_that_of_the_images_plus_that_of_the_seeds() -> None:
    values, half = [0.70, 0.74, 0.72, 0.75, 0.69], 0.04
    found = value_of([one(value, half) for value in values])
    images, seeds = (half / Z) ** 2, np.var(values, ddof=1) / 5
    freedom = (images + seeds) ** 2 / (seeds**2 / 4)
    reach = stats.t.ppf(0.975, freedom) * math.sqrt(images + seeds)
    assert found.measured.value == pytest.approx(0.72)
    assert (found.measured.low, found.measured.high) == pytest.approx((0.72 - reach, 0.72 + reach))
    assert found.each == tuple(values)


def test_without_intervals_the_seeds_alone_count_as_in_a_t_interval() -> None:
    values = [0.70, 0.74, 0.72]
    found = value_of([one(value) for value in values]).measured
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 2, np.mean(values), stats.sem(values)))
    assert "seeds alone" in found.method


def test_the_interval_over_folds_is_nadeau_and_bengios() -> None:
    values = [0.70, 0.74, 0.72, 0.69]
    found = value_of([one(value, 0.01) for value in values], test_share=1 / 3).measured
    reach = stats.t.ppf(0.975, 3) * math.sqrt((1 / 4 + 1 / 3) * np.var(values, ddof=1))
    assert (found.low, found.high) == pytest.approx((np.mean(values) - reach, np.mean(values) + reach))
    assert found.n == 400


def test_intervals_stay_on_the_scale_of_the_metric() -> None:
    found = value_of([one(value, 0.1) for value in (0.01, 0.12, 0.03)]).measured
    assert found.low == 0.0
    assert value_of([one(value, 0.1) for value in (0.99, 0.88, 0.97)]).measured.high == 1.0


def test_what_one_training_lacks_is_undefined_and_never_a_mean_of_the_rest() -> None:
    for lacking in ({}, {KEY: Measurement(None, None, None, 100, "undefined")}):
        found = value_of([one(0.7, 0.1), lacking, one(0.8, 0.1)])
        assert found.measured.value is None
        assert found.measured.method == "undefined in 1 of 3 trainings"
        assert found.each == (0.7, None, 0.8)


def test_intervals_of_means_cover_the_truth_over_images_and_seeds() -> None:
    """Each training's value is truth + its images' error (shared) + its seed's error."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        shared = rng.normal(0, 0.02)
        held_one = value_of([one(0.5 + shared + rng.normal(0, 0.02), 0.02 * Z) for _ in range(5)]).measured
        held += held_one.low <= 0.5 <= held_one.high
    assert held >= stats.binom.ppf(0.001, 2000, 0.95)


def test_the_interval_of_a_percentile_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    truth = stats.lognorm.ppf(0.95, 0.5)
    held = 0
    for _ in range(1000):
        low, high = quantile_interval(stats.lognorm.rvs(0.5, size=300, random_state=rng), 0.95)
        held += low <= truth <= high
    assert held >= stats.binom.ppf(0.001, 1000, 0.95)
    assert quantile_interval(np.arange(60.0), 0.95) is None, "too few for an upper end"


def test_the_ends_of_that_interval_are_the_binomial_quantiles_of_scipy() -> None:
    for n in (100, 300, 370, 1000):
        times = np.arange(1.0, n + 1)
        for share in (0.5, 0.95):
            low, high = stats.binom.ppf([0.025, 0.975], n, share)
            assert quantile_interval(times, share) == ((low, high + 1) if high < n else None)
