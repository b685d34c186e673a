"""Precision, recall, density, coverage against torch-fidelity, scikit-learn's neighbours, and generators that fail."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from assay.evaluation.vendi import vendi_score
from assay.synthetic.fidelity.manifold import Manifolds, manifolds, squared_distances


def found(real: np.ndarray, generated: np.ndarray) -> Manifolds:
    return manifolds(
        squared_distances(real, real), squared_distances(generated, generated), squared_distances(real, generated)
    )


def test_precision_and_recall_are_those_of_torch_fidelity_with_the_generated_set_first() -> None:
    from torch_fidelity.metric_prc import prc_features_to_metric

    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(80, 5)), rng.normal(0.6, 0.6, (60, 5))
    theirs = prc_features_to_metric(torch.from_numpy(generated), torch.from_numpy(real), verbose=False)
    ours = found(real, generated)
    assert ours.precise.mean() == pytest.approx(theirs["precision"], abs=1e-6)
    assert ours.recalled.mean() == pytest.approx(theirs["recall"], abs=1e-6)
    assert theirs["precision"] != theirs["recall"]


def test_density_and_coverage_follow_from_scikit_learns_neighbours() -> None:
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(1)
    real, generated = rng.normal(size=(70, 4)), rng.normal(0.4, 0.8, (50, 4))
    reach = NearestNeighbors(n_neighbors=6).fit(real).kneighbors(real)[0][:, 5]
    inside = [[np.linalg.norm(r - g) < limit for r, limit in zip(real, reach, strict=True)] for g in generated]
    ours = found(real, generated)
    assert ours.dense.mean() == pytest.approx(np.sum(inside) / (5 * 50))
    assert ours.covered.mean() == pytest.approx(np.any(inside, axis=0).mean())


def test_a_collapsed_generator_is_precise_and_recalls_nothing_and_a_noisy_one_the_other_way() -> None:
    rng = np.random.default_rng(2)
    real = rng.normal(size=(200, 3))
    collapsed = found(real, rng.normal(0, 0.05, (200, 3)))
    noisy = found(real, rng.normal(0, 6, (200, 3)))
    assert collapsed.precise.mean() > 0.95 > 0.1 > collapsed.recalled.mean()
    assert noisy.precise.mean() < 0.3
    assert noisy.recalled.mean() > 0.9


def test_the_vendi_score_counts_what_is_different() -> None:
    assert vendi_score(np.eye(7)) == pytest.approx(7)
    assert vendi_score(np.ones((7, 3))) == pytest.approx(1)
    assert vendi_score(np.repeat(np.eye(4), 5, axis=0)) == pytest.approx(4)
