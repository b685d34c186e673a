from __future__ import annotations

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import nn

from assay.deploy.int8.corrected_head import PENALTY, corrected_head


def _noisy(n: int, rng: np.random.Generator):
    """A head, embeddings as another backbone gives them, and what the head says of the true ones."""
    head = nn.Linear(6, 2)
    true = rng.normal(size=(n, 6)) * np.arange(1, 7)
    noisy = true + rng.normal(size=(n, 6)) * np.array([0, 0, 0, 0, 0, 6.0]) + 0.5
    with torch.no_grad():
        said, wanted = (head(torch.from_numpy(values.astype(np.float32))).numpy() for values in (noisy, true))
    return head, noisy, said, wanted


def test_the_correction_is_the_ridge_regression_of_what_is_missing():
    torch.manual_seed(0)
    head, embeddings, said, wanted = _noisy(200, np.random.default_rng(0))
    found = corrected_head(head, embeddings, said, wanted)(torch.from_numpy(embeddings.astype(np.float32)))
    spread = embeddings.std(axis=0)
    ridge = Ridge(alpha=PENALTY * 200).fit(embeddings / spread, wanted - said)
    np.testing.assert_allclose(found.detach().numpy(), said + ridge.predict(embeddings / spread), atol=1e-4)


def test_other_images_are_answered_more_like_the_float_model_too():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    head, embeddings, said, wanted = _noisy(400, rng)
    learnt = corrected_head(head, embeddings[:200], said[:200], wanted[:200])
    found = learnt(torch.from_numpy(embeddings[200:].astype(np.float32))).detach().numpy()
    assert np.square(found - wanted[200:]).mean() < 0.7 * np.square(said[200:] - wanted[200:]).mean()


def test_a_feature_that_never_changes_is_left_alone():
    head, embeddings, said, wanted = _noisy(50, np.random.default_rng(0))
    embeddings[:, 2] = 4.0
    assert np.abs(corrected_head(head, embeddings, said, wanted).weights[2].numpy()).max() == 0
