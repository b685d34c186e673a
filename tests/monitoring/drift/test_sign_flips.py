"""The test by sign flips: scipy's p-values where pictures are independent, its level kept where they are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp, kstest
from sklearn.metrics.pairwise import rbf_kernel

from assay.monitoring.drift.cluster_weights import ClusterWeights
from assay.monitoring.drift.effects import shares
from assay.monitoring.drift.sign_flips import SignFlipTest, random_signs
from assay.monitoring.drift.summaries import Categories, FourierFeatures, Thresholds, median_distance


def alone(n: int) -> ClusterWeights:
    return ClusterWeights.of(np.full(n, -1))


def ks_test(reference, seed=0) -> SignFlipTest:
    summary = Thresholds.of(reference)
    return SignFlipTest(summary, summary.columns(reference), alone(len(reference)), seed=seed)


def p_of(test, values, clusters=None, draws=999) -> float:
    clusters = alone(len(values)) if clusters is None else clusters
    return test.against(test.summary.columns(values), clusters, draws=draws).p


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.2, 0.3])
def test_independent_pictures_have_the_p_of_scipy(shift) -> None:
    rng = np.random.default_rng(int(100 * shift))
    reference, window = rng.normal(size=500).astype(np.float32), rng.normal(shift, size=300).astype(np.float32)
    expected = ks_2samp(reference, window).pvalue
    assert p_of(ks_test(reference), window, draws=9999) == pytest.approx(expected, rel=0.35, abs=0.03)


@pytest.mark.parametrize("second", [(0.5, 0.3, 0.2), (0.42, 0.33, 0.25), (0.36, 0.32, 0.32)])
def test_categories_of_independent_pictures_have_the_p_of_chi_squared(second) -> None:
    rng = np.random.default_rng(1)
    reference, window = rng.choice(3, 700, p=(0.5, 0.3, 0.2)), rng.choice(3, 300, p=second)
    summary = Categories.of(shares(reference, 3), 700)
    test = SignFlipTest(summary, summary.columns(reference), alone(700))
    table = [np.bincount(reference), np.bincount(window)]
    expected = chi2_contingency(table, correction=False).pvalue
    assert p_of(test, window, draws=9999) == pytest.approx(expected, rel=0.5, abs=0.03)


def test_one_key_with_two_fifths_of_alike_pictures_does_not_break_the_level() -> None:
    rng = np.random.default_rng(2)
    block = np.concatenate([np.zeros(120), np.arange(1, 181)])
    by_flips, by_scipy = [], []
    for seed in range(150):
        reference = rng.normal(size=400).astype(np.float32)
        window = rng.normal(size=300)
        window[:120] = 0.95 * rng.normal() + np.sqrt(1 - 0.95**2) * window[:120]
        by_flips.append(p_of(ks_test(reference, seed), window.astype(np.float32), ClusterWeights.of(block)))
        by_scipy.append(ks_2samp(reference, window).pvalue)
    level = 0.05
    bound = level + 2 * np.sqrt(level * (1 - level) / 150)
    assert np.mean(np.array(by_scipy) <= level) > 0.9, "the windows are no challenge"
    assert np.mean(np.array(by_flips) <= level) <= bound


def test_what_all_keys_show_is_seen_although_one_sends_two_fifths() -> None:
    rng = np.random.default_rng(3)
    reference = rng.normal(size=400).astype(np.float32)
    window = rng.normal(0.8, size=300).astype(np.float32)
    window[:120] = 0.8 + 0.3 * window[:120]
    block = np.concatenate([np.zeros(120), np.arange(120) % 20 + 1, np.arange(21, 81)])
    assert p_of(ks_test(reference), window, ClusterWeights.of(block), draws=19_999) < 0.001


@pytest.mark.parametrize("keys", [1, 2, 4])
def test_few_sources_are_never_significant_however_large_the_difference(keys) -> None:
    rng = np.random.default_rng(4)
    reference = rng.normal(size=400).astype(np.float32)
    window = rng.normal(20, size=300).astype(np.float32)
    p = p_of(ks_test(reference), window, ClusterWeights.of(np.arange(300) % keys))
    assert p > 0.8 * 2.0 ** (1 - keys)


def test_p_of_mmd_is_uniform_without_drift() -> None:
    rng = np.random.default_rng(5)
    values = []
    for seed in range(150):
        reference, window = rng.normal(size=(200, 8)), rng.normal(size=(120, 8))
        summary = FourierFeatures.of(reference.astype(np.float32), seed=seed)
        test = SignFlipTest(summary, summary.columns(reference), alone(200), seed=seed)
        values.append(test.against(summary.columns(window), alone(120), draws=999).p)
    assert kstest(values, "uniform").pvalue > 0.01


def test_mmd_is_that_of_the_gaussian_kernel_at_the_median_distance() -> None:
    rng = np.random.default_rng(6)
    first, second = (rng.normal(size=(300, 5)).astype(np.float32) * scale for scale in (1.0, 1.6))
    bandwidth = median_distance(first)
    kernels = [
        rbf_kernel(a, b, gamma=0.5 / bandwidth**2).mean() for a, b in ((first,) * 2, (second,) * 2, (first, second))
    ]
    expected = np.sqrt(kernels[0] + kernels[1] - 2 * kernels[2])
    summary = FourierFeatures.of(first)
    difference = summary.columns(second).mean(axis=0) - summary.columns(first).mean(axis=0)
    assert summary.size(difference[None])[0] == pytest.approx(expected, rel=0.15)


def test_reference_weights_are_those_of_another_mix() -> None:
    rng = np.random.default_rng(7)
    labels = rng.random(600) < 0.5
    reference = (rng.normal(size=600) + 2 * labels).astype(np.float32)
    window = (rng.normal(size=300) + 2 * (rng.random(300) < 0.1)).astype(np.float32)
    summary = Thresholds.of(reference)
    weights = np.where(labels, 0.1, 0.9)
    weighted = SignFlipTest(summary, summary.columns(reference), alone(600), weights / weights.sum())
    assert p_of(ks_test(reference), window, draws=9999) < 0.001
    assert p_of(weighted, window) > 0.05


def test_a_value_below_all_of_a_constant_reference_is_a_difference() -> None:
    test = ks_test(np.full(100, 300, dtype=np.float32))
    assert p_of(test, np.full(60, 150, dtype=np.float32)) < 0.01
    assert p_of(test, np.full(60, 600, dtype=np.float32)) < 0.01
    assert p_of(test, np.full(60, 300, dtype=np.float32)) == 1


def test_a_small_p_takes_more_flips_and_a_large_one_does_not() -> None:
    rng = np.random.default_rng(8)
    reference = rng.normal(size=300).astype(np.float32)
    test = ks_test(reference)
    assert p_of(test, rng.normal(3, size=200).astype(np.float32), draws=19_999) < 1e-4
    assert p_of(test, reference[:200], draws=19_999) * 1000 == pytest.approx(round(p_of(test, reference[:200]) * 1000))


def test_signs_are_balanced() -> None:
    signs = random_signs(1000, 13, [0, 0, 1])
    assert signs.shape == (1000, 13)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert abs(signs.mean()) < 0.03


def test_what_is_rare_and_missing_by_chance_is_no_difference() -> None:
    rng = np.random.default_rng(9)
    values = []
    for seed in range(200):
        reference, window = (rng.random(n) < 0.03 for n in (600, 100))
        summary = Categories.of(shares(reference, 2), 600)
        test = SignFlipTest(summary, summary.columns(reference), alone(600), seed=seed)
        values.append(p_of(test, window))
    assert np.mean(np.array(values) <= 0.01) <= 0.01 + 2 * np.sqrt(0.01 * 0.99 / 200)


def test_a_value_that_most_pictures_share_is_no_difference_where_the_others_are_missing_by_chance() -> None:
    rng = np.random.default_rng(10)
    values = []
    for seed in range(150):
        reference, window = (np.where(rng.random(n) < 0.03, rng.random(n), 1).astype(np.float32) for n in (600, 100))
        values.append(p_of(ks_test(reference, seed), window))
    assert np.mean(np.array(values) <= 0.01) <= 0.01 + 2 * np.sqrt(0.01 * 0.99 / 150)
