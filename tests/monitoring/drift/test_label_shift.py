"""The mix of classes, estimated without labels, where the true one is known."""

from __future__ import annotations

import numpy as np
import pytest

from assay.errors import DataError
from assay.monitoring.drift.label_shift import bbse_prior, class_weights, em_prior, estimate_mix


def gaussian_world(rng, n, second, train=0.5):
    """Labels, and what Bayes' rule says of a Gaussian score at the mix of training: calibrated by construction."""
    labels = (rng.random(n) < second).astype(np.int16)
    score = rng.standard_normal(n) + 2 * labels
    odds = train / (1 - train) * np.exp(2 * score - 2)
    probabilities = np.stack([1 / (1 + odds), odds / (1 + odds)], axis=1)
    return labels, probabilities


@pytest.mark.parametrize("second", [0.1, 0.25, 0.5, 0.8])
def test_em_finds_the_mix_that_the_window_was_drawn_from(second) -> None:
    labels, probabilities = gaussian_world(np.random.default_rng(0), 20_000, second)
    assert em_prior(probabilities, np.array([0.5, 0.5]))[1] == pytest.approx(labels.mean(), abs=0.01)


def test_em_of_certain_answers_counts_them() -> None:
    probabilities = np.eye(3)[[0, 0, 1, 2]]
    np.testing.assert_allclose(em_prior(probabilities, np.full(3, 1 / 3)), [0.5, 0.25, 0.25], atol=1e-9)


def test_bbse_inverts_the_confusion_matrix() -> None:
    confusion = np.array([[0.9, 0.2, 0.1], [0.05, 0.7, 0.1], [0.05, 0.1, 0.8]])
    truth = np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(bbse_prior(confusion, confusion @ truth), truth, atol=1e-9)


def test_bbse_is_never_negative() -> None:
    confusion = np.array([[0.9, 0.2], [0.1, 0.8]])
    estimate = bbse_prior(confusion, np.array([0.99, 0.01]))
    np.testing.assert_allclose(estimate, [1, 0], atol=0.01)
    assert (estimate >= 0).all()


def test_intervals_of_both_estimates_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    covered = []
    for seed in range(40):
        labels, reference = gaussian_world(rng, 400, 0.5)
        _, window = gaussian_world(rng, 300, 0.2)
        estimate = estimate_mix(
            (labels, reference.argmax(axis=1)),
            (window, window.argmax(axis=1), np.arange(300)),
            resamples=80,
            seed=seed,
        )
        assert estimate.changed
        assert estimate.agree
        covered.append(
            [estimate.low[1] <= 0.2 <= estimate.high[1], estimate.bbse_low[1] <= 0.2 <= estimate.bbse_high[1]]
        )
    assert (np.mean(covered, axis=0) > 0.85).all()


def test_pictures_of_one_source_make_the_interval_wider() -> None:
    rng = np.random.default_rng(2)
    labels, reference = gaussian_world(rng, 400, 0.5)
    sources = np.repeat(np.arange(15), 20)
    second = (rng.random(15) < 0.4)[sources].astype(float)
    _, window = gaussian_world(rng, 300, second)
    widths = []
    for block in (np.arange(300), sources):
        estimate = estimate_mix((labels, reference.argmax(axis=1)), (window, window.argmax(axis=1), block))
        widths.append(estimate.high[1] - estimate.low[1])
    assert widths[1] > 1.5 * widths[0]


def test_weights_mix_the_reference_as_the_window() -> None:
    rng = np.random.default_rng(3)
    labels, reference = gaussian_world(rng, 400, 0.5)
    _, window = gaussian_world(rng, 500, 0.2)
    estimate = estimate_mix(
        (labels, reference.argmax(axis=1)), (window, window.argmax(axis=1), np.arange(500)), resamples=20
    )
    weights = class_weights(labels, estimate)
    assert weights[labels == 1].sum() / weights.sum() == pytest.approx(estimate.em[1], abs=0.01)


def test_nothing_is_estimated_from_nothing() -> None:
    with pytest.raises(DataError, match="0 pictures"):
        estimate_mix((np.zeros(3, int), np.zeros(3, int)), (np.zeros((0, 2)), np.zeros(0, int), np.zeros(0, int)))
