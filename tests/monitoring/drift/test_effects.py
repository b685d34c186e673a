"""Effect sizes of drift, held against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, entropy, ks_2samp
from scipy.stats.contingency import association

from assay.monitoring.drift.effects import (
    cramers_v,
    decile_edges,
    ks_distance,
    population_stability_index,
    shares,
)


@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_the_ks_distance_is_that_of_scipy_with_and_without_ties(decimals) -> None:
    rng = np.random.default_rng(decimals)
    first, second = rng.normal(0, 2, 300).round(decimals), rng.normal(0.5, 3, 170).round(decimals)
    assert ks_distance(first, second) == pytest.approx(ks_2samp(first, second).statistic, abs=1e-12)


def test_a_weight_of_two_is_as_a_picture_twice() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=80), rng.normal(size=40)
    twice = np.where(np.arange(40) < 10, 2.0, 1.0)
    expected = ks_2samp(first, np.concatenate([second, second[:10]])).statistic
    assert ks_distance(first, second, None, twice / twice.sum()) == pytest.approx(expected)


def test_cramers_v_is_that_of_scipy() -> None:
    table = np.array([[250, 100, 50], [60, 70, 3]])
    assert cramers_v(*table) == pytest.approx(association(table, method="cramer"))
    assert cramers_v(*table) ** 2 == pytest.approx(chi2_contingency(table, correction=False).statistic / table.sum())


def test_a_category_that_neither_has_does_not_count() -> None:
    assert cramers_v(np.array([30.0, 0, 10]), np.array([10.0, 0, 30])) == pytest.approx(
        association(np.array([[30, 10], [10, 30]]), method="cramer")
    )
    assert cramers_v(np.array([30.0, 0]), np.array([10.0, 0])) == 0


def test_psi_is_the_sum_of_both_relative_entropies() -> None:
    first, second = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.4, 0.2])
    expected = entropy(first, second) + entropy(second, first)
    assert population_stability_index(first, second) == pytest.approx(expected)


def test_an_empty_bin_leaves_psi_finite() -> None:
    assert 0 < population_stability_index(np.array([0.5, 0.5]), np.array([1.0, 0.0])) < 10


def test_the_reference_fills_its_deciles_alike() -> None:
    values = np.random.default_rng(0).gamma(2, size=1000)
    np.testing.assert_array_equal(np.histogram(values, decile_edges(values))[0], np.full(10, 100))


def test_deciles_of_a_constant_leave_nothing_out() -> None:
    counted, _ = np.histogram([299.0, 300.0, 301.0], decile_edges(np.full(50, 300.0)))
    assert counted.sum() == 3


def test_shares_sum_to_one_and_count_absent_categories() -> None:
    np.testing.assert_allclose(shares(np.array([0, 0, 2, 2]), 4), [0.5, 0, 0.5, 0])
