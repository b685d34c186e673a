"""What could have been seen: drift of the size that is named is significant at least as often as is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from assay.monitoring.drift.cluster_weights import ClusterWeights
from assay.monitoring.drift.detectable import (
    smallest_detectable,
    smallest_share_change,
    sources_needed,
    upper_quantile,
)
from assay.monitoring.drift.effects import shares
from assay.monitoring.drift.sign_flips import SignFlipTest
from assay.monitoring.drift.summaries import Categories, Thresholds

LEVEL = 0.05 / 15


def ks_test(rng, seed):
    reference = rng.random(600).astype(np.float32)
    summary = Thresholds.of(reference)
    return SignFlipTest(summary, summary.columns(reference), ClusterWeights.of(np.full(600, -1)), seed=seed)


def blocks(rng, keys, n=300):
    return ClusterWeights.of(rng.integers(0, keys, n) if keys else np.full(n, -1))


@pytest.mark.parametrize("keys", [0, 60])
def test_a_ks_distance_of_that_size_is_seen_four_times_out_of_five(keys) -> None:
    rng = np.random.default_rng(keys)
    seen = []
    for seed in range(40):
        test, clusters = ks_test(rng, seed), blocks(rng, keys)
        quiet = test.against(test.summary.columns(rng.random(300)), clusters, draws=999)
        drift = smallest_detectable(quiet, "ks", level=LEVEL)
        values = rng.random(300)
        moved = np.where((values < 0.5) & (rng.random(300) < 2 * drift), values + 0.5, values)
        seen.append(test.against(test.summary.columns(moved), clusters, draws=3000).p <= LEVEL)
        assert drift < 0.35
    assert np.mean(seen) >= 0.8 - 2 * np.sqrt(0.8 * 0.2 / 40)


def test_a_rare_share_that_rises_so_far_is_seen_four_times_out_of_five() -> None:
    rng = np.random.default_rng(1)
    seen, changes = [], []
    for seed in range(40):
        reference = (rng.random(800) < 0.03).astype(int)
        summary = Categories.of(shares(reference, 2), 800)
        test = SignFlipTest(summary, summary.columns(reference), ClusterWeights.of(np.full(800, -1)), seed=seed)
        clusters = blocks(rng, 0)
        quiet = test.against(summary.columns((rng.random(300) < 0.03).astype(int)), clusters, draws=999)
        change = smallest_share_change(quiet, 0.03, (800, 300), level=LEVEL)
        changes.append(change)
        drifted = (rng.random(300) < 0.03 + change).astype(int)
        seen.append(test.against(summary.columns(drifted), clusters, draws=3000).p <= LEVEL)
    assert np.mean(seen) >= 0.8 - 2 * np.sqrt(0.8 * 0.2 / 40)
    assert np.mean(changes) < 0.12


def test_from_few_keys_nothing_can_be_seen() -> None:
    rng = np.random.default_rng(2)
    test = ks_test(rng, 0)
    outcome = test.against(test.summary.columns(rng.random(300)), blocks(rng, 6), draws=999)
    assert smallest_detectable(outcome, "ks", level=LEVEL) is None
    assert smallest_share_change(outcome, 0.03, (600, 300), level=LEVEL) is None
    assert sources_needed(LEVEL) > 6


def test_more_pictures_show_less() -> None:
    rng = np.random.default_rng(3)
    test = ks_test(rng, 0)
    sizes = []
    for n in (100, 300, 1000):
        outcome = test.against(test.summary.columns(rng.random(n)), blocks(rng, 0, n), draws=999)
        sizes.append(smallest_detectable(outcome, "ks", level=LEVEL))
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize("level", [0.003, 0.0003])
def test_a_quantile_beyond_the_draws_is_near_that_of_the_distribution(level) -> None:
    draws = np.abs(np.random.default_rng(4).standard_normal(999))
    assert upper_quantile(draws, level) == pytest.approx(norm.isf(level / 2), rel=0.12)


def test_sources_needed_halve_the_level_each() -> None:
    assert sources_needed(0.5) == 2
    assert sources_needed(0.05 / 15) == 10
