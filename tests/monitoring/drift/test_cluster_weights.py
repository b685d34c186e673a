"""How much each source of pictures counts."""

from __future__ import annotations

import numpy as np
import pytest

from assay.errors import DataError
from assay.monitoring.drift.cluster_weights import ClusterWeights, bursts, capped_shares


def test_no_source_counts_more_than_its_cap_and_the_others_keep_their_proportions() -> None:
    shares = capped_shares(np.array([400, 200, *[10] * 40]), 0.1)
    np.testing.assert_allclose(shares[:2], 0.1)
    np.testing.assert_allclose(shares[2:], 0.8 / 40)


def test_few_sources_count_alike_where_the_cap_cannot_be_kept() -> None:
    np.testing.assert_allclose(capped_shares(np.array([900, 50, 50]), 0.1), 1 / 3)


def test_without_a_dominant_source_each_picture_counts_the_same() -> None:
    clusters = ClusterWeights.of(np.repeat(np.arange(50), 6))
    np.testing.assert_allclose(clusters.weights, 1 / 300)
    assert clusters.effective == pytest.approx(50)


def test_a_negative_block_is_a_source_of_its_own() -> None:
    clusters = ClusterWeights.of(np.array([-1, 3, 3, -1, 3]))
    assert clusters.counts.tolist() == [3, 1, 1]
    assert clusters.largest == pytest.approx(0.6)


def test_contributions_sum_to_the_weighted_mean_also_where_small_sources_are_merged() -> None:
    rng = np.random.default_rng(0)
    block = np.concatenate([np.zeros(500), np.arange(1, 4001)])
    clusters = ClusterWeights.of(block, most_share=0.02)
    deviations = rng.normal(size=(4500, 3)).astype(np.float32)
    parts = clusters.contributions(deviations)
    assert parts.shape == (1500, 3)
    expected = np.average(deviations, axis=0, weights=np.where(block == 0, 0.02 / 500, 0.98 / 4000))
    np.testing.assert_allclose(parts.sum(axis=0), expected, atol=1e-5)


def test_a_burst_ends_with_a_pause_and_belongs_to_one_key() -> None:
    minutes = np.array([0, 30, 50, 200, 210, 5])
    times = np.datetime64("2026-03-01", "ms") + minutes * np.timedelta64(1, "m")
    numbers = bursts(np.array([7, 7, 7, 7, 7, 9]), times)
    assert len(set(numbers.tolist())) == 3
    assert numbers[0] == numbers[1] == numbers[2]
    assert numbers[3] == numbers[4]


def test_no_pictures_have_no_sources() -> None:
    with pytest.raises(DataError, match="no pictures"):
        ClusterWeights.of(np.zeros(0, dtype=int))
