"""Least squares on a kernel, against kernel ridge regression of scikit-learn and trainings without each group."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel

from assay.models.kernel_squares import KernelSquares

ROWS, CLASSES = 60, 3


@pytest.fixture
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Values, targets, weights and groups of 1, 2, 3, … rows."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(ROWS, 4))
    targets = np.eye(CLASSES)[rng.integers(0, CLASSES, ROWS)]
    groups = rng.permutation(np.repeat(np.arange(11), np.arange(11))[:ROWS].tolist() + [99] * (ROWS - 55))
    return values, targets, rng.uniform(0.5, 2, ROWS), groups


def test_with_all_rows_as_landmarks_it_is_kernel_ridge_regression(drawn: tuple[np.ndarray, ...]) -> None:
    values, targets, weights, _ = drawn
    kernel = rbf_kernel(values, gamma=0.3)
    squares = KernelSquares(kernel, kernel, targets, weights)
    np.testing.assert_allclose(squares.share, np.average(targets, axis=0, weights=weights))
    for penalty in (0.03, 1.0):
        reference = KernelRidge(alpha=penalty, kernel="precomputed").fit(kernel, targets - squares.share, weights)
        np.testing.assert_allclose(kernel @ squares.weights(penalty), reference.predict(kernel), atol=1e-4)


@pytest.mark.parametrize("landmarks", [ROWS, 20, 5], ids=["all", "some", "fewer than a group"])
def test_what_is_left_out_is_answered_as_by_a_training_without_its_group(
    drawn: tuple[np.ndarray, ...], landmarks: int
) -> None:
    values, targets, weights, groups = drawn
    near = values[:landmarks]
    kernel, between = rbf_kernel(values, near, gamma=0.3), rbf_kernel(near, gamma=0.3)
    squares = KernelSquares(kernel, between, targets, weights)
    got = squares.left_out(0.2, groups)
    # Features whose products are the kernel make it ridge regression, which is solved here by its normal equations.
    values_, vectors = np.linalg.eigh(between + 1e-6 * np.eye(landmarks))
    features = kernel @ vectors / np.sqrt(values_)
    for group in np.unique(groups):
        others, own = groups != group, groups == group
        weighted = features[others].T * weights[others]
        coefficients = np.linalg.solve(
            weighted @ features[others] + 0.2 * np.eye(landmarks), weighted @ (targets[others] - squares.share)
        )
        np.testing.assert_allclose(got[own], features[own] @ coefficients + squares.share, atol=1e-6)


def test_landmarks_that_are_copies_of_each_other_do_no_harm(drawn: tuple[np.ndarray, ...]) -> None:
    values, targets, weights, _ = drawn
    twice = np.concatenate([values, values])
    squares = KernelSquares(rbf_kernel(values, twice), rbf_kernel(twice), targets, weights)
    once = KernelSquares(rbf_kernel(values), rbf_kernel(values), targets, weights)
    answers = rbf_kernel(values, twice) @ squares.weights(0.1)
    np.testing.assert_allclose(answers, rbf_kernel(values) @ once.weights(0.1), atol=1e-3)
    assert np.abs(squares.weights(0.1)).max() < 100
