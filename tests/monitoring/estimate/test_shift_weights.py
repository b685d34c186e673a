"""Weights that make a reference like a window, beside the ratio of densities that is known."""

import numpy as np
import pytest

from assay.monitoring.estimate.shift_weights import ENOUGH, shift_weights


def test_weights_are_the_ratio_of_densities_where_that_is_known() -> None:
    rng = np.random.default_rng(0)
    reference, window = rng.normal(size=(6000, 2)), rng.normal([0.7, 0.0], size=(6000, 2))
    made = shift_weights(np.exp(reference), np.exp(window))  # as skewed as sharpness is
    ratio = np.exp(0.7 * reference[:, 0] - 0.7**2 / 2)
    usual = ratio < 5
    assert made.used
    assert np.corrcoef(np.log(made.weights[usual]), np.log(ratio[usual]))[0, 1] > 0.97
    assert np.average(reference[:, 0], weights=made.weights) == pytest.approx(0.7, abs=0.06)
    assert np.average(reference[:, 1], weights=made.weights) == pytest.approx(0.0, abs=0.06)
    assert made.worth == pytest.approx(6000 / np.mean(ratio**2), rel=0.1)


def test_a_spread_that_has_changed_is_met_too() -> None:
    rng = np.random.default_rng(1)
    reference, window = rng.normal(size=(5000, 1)), rng.normal(size=(5000, 1)) * 0.6
    made = shift_weights(reference, window)
    assert np.average(reference[:, 0] ** 2, weights=made.weights) == pytest.approx(0.36, abs=0.04)


def test_a_window_as_the_reference_was_leaves_nearly_all_of_it() -> None:
    rng = np.random.default_rng(2)
    made = shift_weights(rng.normal(size=(1000, 6)), rng.normal(size=(1000, 6)))
    assert made.worth > 950
    assert made.weights.mean() == pytest.approx(1.0)


def test_a_window_that_is_somewhere_else_says_so_and_weighs_nothing() -> None:
    rng = np.random.default_rng(3)
    made = shift_weights(rng.normal(size=(600, 1)), rng.normal(size=(600, 1)) + 4)
    assert not made.used
    assert (made.weights == 1).all()
    assert made.worth == 600 > ENOUGH


def test_statistics_that_are_missing_or_always_the_same_do_no_harm() -> None:
    rng = np.random.default_rng(4)
    reference, window = rng.normal(size=(500, 3)), rng.normal(size=(400, 3))
    reference[:, 1] = window[:, 1] = 224.0
    reference[::7, 2] = window[::5, 2] = np.nan
    made = shift_weights(reference, window)
    assert np.isfinite(made.weights).all()
    assert made.worth > 400
    assert (shift_weights(np.zeros((9, 0)), np.zeros((9, 0))).weights == 1).all()
