"""Detectors take float32 embeddings in blocks: the numbers are those of all rows at once in float64, not the memory."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from assay.postprocess.ood import blocks
from assay.postprocess.ood.blocks import Blocks
from assay.postprocess.ood.detector import LinearMap
from assay.postprocess.ood.gaussian import Gaussian
from assay.postprocess.ood.methods import panel
from assay.predictions import Predictions

Make = Callable[..., Predictions]
LEARNING = [name for name, detector in panel().items() if detector.uses == "embeddings"]


def test_the_covariance_is_that_of_all_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 1000)
    rows = (rng.gamma(2, 1, (1000, 12)) + 5 * labels[:, None]).astype(np.float32)
    wide = rows.astype(np.float64)
    means = np.stack([wide[labels == k].mean(axis=0) for k in range(3)])
    expected = LedoitWolf(assume_centered=True).fit(wide - means[labels])
    monkeypatch.setattr(blocks, "ROWS", 64)
    centers, of_row = Blocks(rows).class_means(labels)
    np.testing.assert_allclose(centers, means, rtol=1e-12)
    fitted = Gaussian.of(Blocks(rows), centers, of_row)
    np.testing.assert_allclose(fitted.factor @ fitted.factor.T, expected.covariance_, rtol=1e-9)
    assert fitted.shrinkage == pytest.approx(expected.shrinkage_, rel=1e-9)


@pytest.mark.parametrize("name", LEARNING)
def test_scores_do_not_depend_on_the_size_of_the_blocks(
    drawn: Make, head: LinearMap, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    expected = panel()[name].fit(drawn("train"), head=head).score_of(drawn("test"))
    monkeypatch.setattr(blocks, "ROWS", 32)
    scores = panel()[name].fit(drawn("train"), head=head).score_of(drawn("test"))
    np.testing.assert_allclose(scores, expected, rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in LEARNING if name != "knn"])
def test_memory_does_not_grow_by_a_copy_of_the_embeddings(
    drawn: Make, head: LinearMap, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(blocks, "ROWS", 512)
    wide = np.random.default_rng(0).normal(size=(20_000, 256)).astype(np.float32)
    train = replace(drawn("train", 20_000), embeddings=wide)
    given = LinearMap(np.random.default_rng(1).normal(size=(3, 256)), np.zeros(3))
    tracemalloc.start()
    panel()[name].fit(train, head=given)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < wide.nbytes / 2, "the embeddings in float64 would be twice what they are"
