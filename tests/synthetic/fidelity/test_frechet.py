"""The Fréchet distance against closed forms, scipy's matrix root, and torch-fidelity."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from assay.errors import DataError
from assay.synthetic.fidelity.frechet import covariance_rank, frechet_distance, lacking_rank, principal_directions


@pytest.mark.parametrize(("images", "features"), [(300, 12), (20, 40)])
def test_a_set_has_no_distance_to_itself(images: int, features: int) -> None:
    values = np.random.default_rng(0).normal(3, 20, (images, features))
    assert frechet_distance(values, values) == pytest.approx(0, abs=1e-8 * np.trace(np.cov(values.T)))


@pytest.mark.parametrize(("images", "features"), [(200, 10), (15, 30)])
def test_a_shifted_and_scaled_gaussian_has_the_distance_of_the_closed_form(images: int, features: int) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(images, features)) * rng.uniform(0.5, 3, features)
    shift = rng.normal(size=features)
    spread = np.cov(values.T)
    moved = frechet_distance(values, values + shift)
    assert moved == pytest.approx(shift @ shift, rel=1e-9)
    centred = values - values.mean(axis=0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx((3 - 1) ** 2 * np.trace(spread), rel=1e-9)


def test_large_samples_come_near_the_distance_of_their_distributions() -> None:
    rng = np.random.default_rng(2)
    deviations = np.array([1.0, 2.0, 0.5, 3.0]), np.array([2.0, 2.0, 1.0, 1.0])
    truth = 1.5**2 + float(((deviations[0] - deviations[1]) ** 2).sum())
    first, second = (rng.normal(size=(200_000, 4)) * each for each in deviations)
    assert frechet_distance(first, second + np.array([1.5, 0, 0, 0])) == pytest.approx(truth, rel=0.01)


@pytest.mark.parametrize("sizes", [(60, 80), (60, 9), (7, 9)])
def test_it_is_the_trace_of_scipys_matrix_root(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    first, second = (rng.normal(size=(n, 12)) @ rng.normal(size=(12, 12)) for n in sizes)
    covariances = [np.cov(values, rowvar=False) for values in (first, second)]
    shift = first.mean(axis=0) - second.mean(axis=0)
    root = sqrtm((covariances[0] @ covariances[1]).astype(complex))
    expected = shift @ shift + sum(map(np.trace, covariances)) - 2 * np.trace(root).real
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-5)


def test_it_agrees_with_torch_fidelity_on_the_same_features() -> None:
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(500, 64)), rng.normal(0.3, 1.4, size=(300, 64))
    known = [fid_features_to_statistics(torch.from_numpy(values)) for values in (first, second)]
    expected = fid_statistics_to_metric(*known, verbose=False)[KEY_METRIC_FID]
    assert frechet_distance(first.astype(np.float32), second.astype(np.float32)) == pytest.approx(expected, rel=1e-3)


def test_one_image_or_other_features_are_refused() -> None:
    values = np.zeros((4, 3))
    with pytest.raises(DataError, match="no Fréchet distance"):
        frechet_distance(values, values[:1])
    with pytest.raises(DataError, match="no Fréchet distance"):
        frechet_distance(values, np.zeros((4, 2)))


@pytest.mark.parametrize("images", [200, 20])
def test_principal_directions_are_those_of_scikit_learn(images: int) -> None:
    from sklearn.decomposition import PCA

    values = np.random.default_rng(5).normal(size=(images, 30)) * np.linspace(1, 5, 30)
    mean, directions = principal_directions(values, 4)
    expected = PCA(4, svd_solver="full").fit(values)
    assert np.allclose(mean, expected.mean_)
    assert np.allclose(np.abs(directions.T @ expected.components_.T), np.eye(4), atol=1e-6)


@pytest.mark.parametrize(("images", "features"), [(80, 30), (12, 30)])
@pytest.mark.parametrize("rank", [0, 1, 7])
def test_rank_is_that_of_numpy_whatever_the_mean(images: int, features: int, rank: int) -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(size=(images, rank)) @ rng.normal(size=(rank, features)) + 50
    values = values.astype(np.float32)
    assert covariance_rank(values) == np.linalg.matrix_rank(values - values.mean(axis=0), tol=0.01) == rank


def test_a_side_that_spans_less_than_both_sides_do_is_named() -> None:
    rng = np.random.default_rng(7)
    wide, narrow = rng.normal(size=(60, 8)), rng.normal(size=(60, 2)) @ rng.normal(size=(2, 8))
    assert lacking_rank(wide, wide[::-1] + 1) is None
    assert lacking_rank(wide, narrow) == (1, 2, 8)
    assert lacking_rank(narrow, wide) == (0, 2, 8)
    assert lacking_rank(narrow, narrow[::2]) is None  # a feature that varies nowhere takes nothing away
