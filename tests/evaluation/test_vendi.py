"""The Vendi score, against the numbers that its authors print and against what it has to be."""

from __future__ import annotations

import numpy as np
import pytest

from assay.evaluation.vendi import EXACT, vendi_measurement, vendi_of_kernel, vendi_score


def test_the_examples_of_its_authors_come_out():
    # README of the authors' package: score_K gives 2.1573, score of six points 2.9999; both are cut, not rounded.
    kernel = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert np.floor(vendi_of_kernel(kernel) * 1e4) == 21573
    points = np.array([0, 0, 10, 10, 20, 20])
    assert np.floor(vendi_of_kernel(np.exp(-np.abs(points[:, None] - points))) * 1e4) == 29999


def test_images_that_are_all_alike_count_as_one_and_orthogonal_ones_each():
    assert vendi_score(np.ones((7, 3))) == pytest.approx(1.0)
    assert vendi_score(np.eye(9)) == pytest.approx(9.0)
    # Two groups of identical images, 3 to 1: exp of the entropy of (3/4, 1/4).
    groups = np.repeat(np.eye(2), [3, 1], axis=0)
    assert vendi_score(groups) == pytest.approx(np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25))))


def test_more_images_than_features_give_what_their_own_kernel_gives():
    features = np.random.default_rng(0).normal(size=(60, 5))
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    assert vendi_score(features) == pytest.approx(vendi_of_kernel(unit @ unit.T), rel=1e-5)


def test_the_interval_holds_the_mean_score_of_sets_of_as_many_images():
    rng = np.random.default_rng(1)
    spread = np.linspace(3, 0.2, 12)
    truth = np.mean([vendi_score(rng.normal(size=(300, 12)) * spread) for _ in range(200)])
    held = 0
    for seed in range(60):
        measured = vendi_measurement(rng.normal(size=(300, 12)) * spread, seed=seed)
        assert measured.low < measured.value < measured.high
        held += measured.low <= truth <= measured.high
    assert held >= 53


def test_very_many_images_are_sampled_and_it_is_said():
    features = np.random.default_rng(0).normal(size=(EXACT + 1000, 6))
    measured = vendi_measurement(features, resamples=5)
    assert measured.value == pytest.approx(vendi_score(features), rel=0.01)
    assert "drawn from 5000" in measured.method
    assert vendi_measurement(features[:1]).value is None
