import cv2
import numpy as np
import pytest
from sklearn.decomposition import PCA

from assay.synthetic.pseudo.components import Components
from assay.synthetic.pseudo.generators import PSEUDO

RNG = np.random.default_rng(0)
SMOOTH = [cv2.GaussianBlur(RNG.integers(0, 256, (24, 24), dtype=np.uint8), (0, 0), 2) for _ in range(40)]
GREY = np.repeat(np.stack(SMOOTH)[..., None], 3, -1)
COLOUR = np.stack([np.stack(SMOOTH[row : row + 3], -1) for row in range(30)])


@pytest.mark.parametrize("real", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("name", sorted(PSEUDO))
def test_pictures_are_new_ones_and_the_same_for_the_same_random_state(name, real) -> None:
    kept = real.copy()
    first, again, other = (PSEUDO[name].draw(real, 5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (real == kept).all()
    assert first.shape == (5, *real.shape[1:])
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (first != other).any()
    known = {picture.tobytes() for picture in real}
    assert not any(picture.tobytes() in known for picture in first)
    if real is GREY:
        assert (first == first[..., :1]).all()


@pytest.mark.parametrize("name", sorted(PSEUDO))
def test_two_pictures_of_one_pixel_or_of_one_colour_are_enough(name) -> None:
    for real in (np.full((2, 1, 1, 3), 9, dtype=np.uint8), np.full((3, 8, 8, 3), 200, dtype=np.uint8)):
        assert PSEUDO[name].draw(real, 2, np.random.default_rng(0)).shape == (2, *real.shape[1:])


def test_components_are_those_of_scikit_learn() -> None:
    known, other = Components.of(GREY, 10), PCA(10, svd_solver="full").fit(GREY[..., 0].reshape(40, -1))
    assert np.allclose(known.spread, np.sqrt(other.explained_variance_ * 39 / 40), rtol=1e-3)
    assert np.allclose(np.abs(np.sum(known.directions * other.components_, 1)), 1, atol=1e-3)
    assert np.allclose(known.mean, other.mean_, atol=1e-3)


def test_draws_have_the_spread_of_the_real_pictures() -> None:
    drawn = PSEUDO["pca"].draw(GREY, 400, np.random.default_rng(0))[..., 0].astype(float)
    assert drawn.std(0).mean() == pytest.approx(GREY[..., 0].astype(float).std(0).mean(), rel=0.1)


def test_spectra_keep_the_amplitudes_and_the_coarse_structure_of_one_picture() -> None:
    one = np.stack([GREY[0], GREY[1]])
    made = PSEUDO["spectra"].draw(one, 20, np.random.default_rng(0))[..., 0].astype(float)
    power = [np.abs(np.fft.rfft2(each[..., 0].astype(float))) for each in one]
    for picture in made:
        own = np.abs(np.fft.rfft2(picture))
        assert min(np.abs(np.log1p(own) - np.log1p(each)).mean() for each in power) < 0.35
