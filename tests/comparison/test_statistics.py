"""The tests and corrections alone, against statsmodels, scipy and worked examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.comparison.bca import bca_interval
from assay.comparison.corrected_t import corrected_resampled_t
from assay.comparison.holm import holm
from assay.comparison.mcnemar import mcnemar
from assay.comparison.sample_size import images_needed, seeds_needed
from assay.comparison.seeds import seed_spread
from assay.comparison.words import rounded
from assay.errors import DataError


def answers(both: int, only_first: int, only_second: int, neither: int):
    counts = [both, only_first, only_second, neither]
    first = np.repeat([True, True, False, False], counts)
    return first, np.repeat([True, False, True, False], counts)


@pytest.mark.parametrize(("lost", "gained"), [(0, 0), (1, 0), (0, 5), (3, 11), (21, 5), (40, 40), (121, 59)])
def test_mcnemar_exact_agrees_with_statsmodels(lost: int, gained: int) -> None:
    contingency = pytest.importorskip("statsmodels.stats.contingency_tables")
    found = mcnemar(*answers(50, lost, gained, 9))
    reference = contingency.mcnemar([[50, lost], [gained, 9]], exact=True).pvalue
    assert (found.both, found.only_first, found.only_second, found.neither) == (50, lost, gained, 9)
    assert found.p_exact == pytest.approx(reference, abs=1e-12)


def test_mcnemar_gives_the_p_values_of_a_published_example() -> None:
    # Fagerland et al. (2013), table 1 (airway hyper-responsiveness, 7 against 1): exact 0.0703, mid-p 0.0391.
    found = mcnemar(*answers(1, 1, 7, 12))
    assert found.p_exact == pytest.approx(0.0703, abs=5e-5)
    assert found.p_mid == pytest.approx(0.0391, abs=5e-5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    reference = multitest.multipletests(p_values, method="holm")[1]
    assert [found.p for found in holm(p_values)] == pytest.approx(reference.tolist(), abs=1e-12)


def test_holm_says_how_many_claims_were_still_open() -> None:
    assert [found.factor for found in holm([0.04, 0.001, 0.2])] == [2, 3, 1]
    assert holm([]) == []


@pytest.mark.filterwarnings("ignore")
def test_bca_agrees_with_scipy_to_rounding() -> None:
    rng = np.random.default_rng(3)
    first = rng.exponential(size=60)
    second = first + rng.gamma(1.3, 0.4, size=60)

    def ratio(a, b, axis=-1):
        return b.mean(axis=axis) / a.mean(axis=axis)

    reference = stats.bootstrap(
        (first, second), ratio, paired=True, method="BCa", n_resamples=999, rng=np.random.default_rng(0)
    )
    jackknife = np.array([ratio(np.delete(first, row), np.delete(second, row)) for row in range(60)])
    low, high, kind = bca_interval(reference.bootstrap_distribution, ratio(first, second), jackknife) or (0, 0, "")
    assert kind == "BCa"
    assert (low, high) == pytest.approx(tuple(reference.confidence_interval), abs=1e-10)


def test_bca_falls_back_where_it_cannot_be_had() -> None:
    draws = np.linspace(0.1, 1.1, 101)
    low, high, kind = bca_interval(draws, 0.6, np.full(9, 0.6)) or (0, 0, "")
    assert (low, high) == pytest.approx((0.125, 1.075))
    assert kind == "percentile"
    assert (bca_interval(draws, 5.0, np.arange(9.0)) or (0, 0, ""))[2] == "percentile"
    assert bca_interval(np.full(50, np.nan), 0.6, np.arange(9.0)) is None
    assert bca_interval(np.zeros(50), 0.0, np.zeros(9)) == (0.0, 0.0, "no resample differs")


def test_corrected_t_is_the_worked_example() -> None:
    # Ten folds: differences with mean 0.02 and standard deviation 0.03; variance of the mean is (1/10 + 1/9) 0.03^2.
    raw = np.array([1, -1, 2, -2, 0.5, -0.5, 1.5, -1.5, 0, 0])
    differences = raw / raw.std(ddof=1) * 0.03 + 0.02
    found = corrected_resampled_t(differences.tolist(), test_share=1 / 9)
    error = 0.03 * np.sqrt(0.1 + 1 / 9)
    assert found.standard_error == pytest.approx(error)
    assert found.p == pytest.approx(2 * stats.t.sf(0.02 / error, 9))
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 9, 0.02, error))


def test_corrected_t_without_sharing_is_the_paired_t_test() -> None:
    differences = [0.01, 0.03, -0.02, 0.05, 0.04]
    found = corrected_resampled_t(differences, test_share=1e-15)
    reference = stats.ttest_1samp(differences, 0)
    assert found.p == pytest.approx(reference.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(reference.confidence_interval()))


def test_corrected_t_keeps_its_level_on_overlapping_splits() -> None:
    equal = corrected_resampled_t([0.02] * 5, test_share=0.25)
    assert (equal.p, equal.low, equal.high) == (0.0, 0.02, 0.02)
    assert corrected_resampled_t([0.0] * 5, test_share=0.25).p == 1.0
    with pytest.raises(DataError, match="two or more"):
        corrected_resampled_t([0.1], test_share=0.25)
    with pytest.raises(DataError, match="two or more"):
        corrected_resampled_t([0.1, float("nan")], test_share=0.25)
    with pytest.raises(DataError, match="above 0"):
        corrected_resampled_t([0.1, 0.2], test_share=0)


def test_images_needed_is_the_sample_size_of_a_z_test() -> None:
    power = pytest.importorskip("statsmodels.stats.power")
    # One-sample z test: effect size difference / standard deviation, with standard deviation = error * sqrt(n).
    difference, error, n = 0.02, 0.015, 400
    reference = power.NormalIndPower(ddof=0).solve_power(
        effect_size=difference / (error * np.sqrt(n)), alpha=0.05, power=0.8, ratio=0
    )
    assert images_needed(difference, error**2, n) == pytest.approx(reference, abs=1.5)


def test_a_z_test_on_so_many_images_has_the_power_that_was_asked_for() -> None:
    rng = np.random.default_rng(0)
    needed = images_needed(0.05, 0.4**2 / 100, 100, level=0.01)
    assert needed is not None
    means = rng.normal(0.05, 0.4 / np.sqrt(needed), size=20_000)
    found = (np.abs(means) > stats.norm.ppf(0.995) * 0.4 / np.sqrt(needed)).mean()
    assert found == pytest.approx(0.8, abs=0.01)


def test_where_the_seeds_vary_too_much_no_number_of_images_is_enough() -> None:
    assert images_needed(0.01, 0.001**2, 500, seed_variance=0.01**2) is None
    assert images_needed(0.0, 0.01**2, 500) is None
    more = seeds_needed(0.01, 0.01**2, 5, image_variance=0.001**2)
    assert more is not None
    assert more > 5
    assert seeds_needed(0.01, 0.01**2, 5, image_variance=0.02**2) is None


def test_the_spread_over_seeds_is_the_t_test_when_images_add_nothing() -> None:
    differences = [0.02, 0.05, 0.01, 0.04, 0.03]
    found = seed_spread(differences, 0.0)
    reference = stats.ttest_1samp(differences, 0)
    assert found is not None
    assert found.p == pytest.approx(reference.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(reference.confidence_interval()))
    assert found.deviation == pytest.approx(np.std(differences, ddof=1))


def test_equal_seeds_leave_the_doubt_of_the_images() -> None:
    found = seed_spread([0.02, 0.02, 0.02], 0.01**2)
    assert found is not None
    assert found.p == pytest.approx(2 * stats.norm.sf(2))
    nothing = seed_spread([0.0, 0.0], 0.0)
    assert nothing is not None
    assert (nothing.p, nothing.low, nothing.high) == (1.0, 0.0, 0.0)
    assert seed_spread([0.1], 0.01) is None
    assert seed_spread([0.1, float("nan")], 0.01) is None


def test_numbers_of_images_are_rounded_up_to_two_digits() -> None:
    assert [rounded(count) for count in (7, 99, 101, 1234, 95_012)] == ["7", "99", "110", "1,300", "96,000"]
