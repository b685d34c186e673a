"""The projection of embeddings is principal component analysis as scikit-learn does it, and the same every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from assay.errors import DataError
from assay.postprocess.projection import Projection


def embeddings(n: int, dimension: int, *, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(dimension, dimension)) * np.geomspace(3, 0.05, dimension)[:, None]
    return (rng.gamma(2, 1, (n, dimension)) @ mixing + 5).astype(np.float32)


@pytest.mark.parametrize(("n", "dimension"), [(600, 48), (40, 96)])
def test_components_are_those_of_scikit_learn(n: int, dimension: int) -> None:
    rows = embeddings(n, dimension)
    expected = PCA(n_components=16, whiten=True, svd_solver="full").fit(rows.astype(np.float64))
    projection = Projection.of(rows, most=16)
    np.testing.assert_allclose(projection.axes, expected.components_, atol=2e-5)
    np.testing.assert_allclose(projection.scale**2, expected.explained_variance_, rtol=1e-5)
    np.testing.assert_allclose(projection.components(rows), expected.transform(rows), atol=4e-3)


def test_of_each_axis_the_largest_entry_is_positive_whatever_the_order_of_the_images() -> None:
    rows = embeddings(300, 20)
    projection, turned = Projection.of(rows), Projection.of(rows[::-1])
    assert (projection.axes[np.arange(20), np.abs(projection.axes).argmax(axis=1)] > 0).all()
    np.testing.assert_allclose(projection.axes, turned.axes, atol=1e-5)


def test_axes_along_which_nothing_varies_are_left_out() -> None:
    rows = embeddings(200, 12)
    flat = np.hstack([rows[:, :5], np.tile(rows[:1, 5:], (200, 1))])
    assert Projection.of(flat).count == 5
    assert Projection.of(rows[:4]).count == 3
    with pytest.raises(DataError, match="are the same"):
        Projection.of(np.ones((9, 4), dtype=np.float32))


def test_it_comes_back_from_its_file_to_the_last_bit(tmp_path) -> None:
    rows = embeddings(200, 40)
    projection = Projection.of(rows)
    projection.save(tmp_path / "profile.safetensors")
    read = Projection.load(tmp_path / "profile.safetensors")
    assert read.components(rows).tobytes() == projection.components(rows).tobytes()
    (tmp_path / "profile.safetensors").write_bytes(b"no weights")
    with pytest.raises(DataError, match="cannot be read as a projection"):
        Projection.load(tmp_path / "profile.safetensors")


@pytest.mark.parametrize("split", ["train", "test"])
def test_it_is_fitted_on_calib_alone(predict, split: str) -> None:
    held_out = replace(predict([0] * 30, np.zeros((30, 2)), split=split), embeddings=embeddings(30, 6))
    with pytest.raises(DataError, match="images of the split calib, got"):
        Projection.fit(held_out)
    with pytest.raises(DataError, match="have none"):
        Projection.fit(replace(held_out, split="calib", embeddings=None))


def test_embeddings_far_from_all_others_have_finite_components_and_those_of_another_network_are_refused() -> None:
    projection = Projection.of(embeddings(100, 8))
    assert np.isfinite(projection.components(np.full((1, 8), 1e30, dtype=np.float32))).all()
    with pytest.raises(DataError, match="of 8 dimensions was given"):
        projection.components(np.zeros((1, 9), dtype=np.float32))
