import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage, stats
from skimage import data
from skimage.measure import shannon_entropy

from assay.data.quality import SIDE, STATISTICS, UNITS, statistics_of


def measured(image: np.ndarray) -> dict[str, float]:
    return dict(zip(STATISTICS, statistics_of(image).tolist(), strict=True))


def rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def bricks() -> np.ndarray:
    return np.ascontiguousarray(data.brick()[:200, :SIDE])


def test_statistics_of_a_small_grey_picture_are_those_of_scipy_and_scikit_image(bricks: np.ndarray) -> None:
    found = measured(rgb(bricks))
    laplacian = ndimage.laplace(bricks.astype(float), mode="mirror")
    assert found["shorter_side"] == 200
    assert found["aspect"] == pytest.approx(SIDE / 200)
    assert found["sharpness"] == pytest.approx(laplacian.std(), rel=1e-5)
    assert found["brightness"] == pytest.approx(bricks.mean(), rel=1e-5)
    assert found["contrast"] == pytest.approx(bricks.std(), rel=1e-5)
    assert found["entropy"] == pytest.approx(shannon_entropy(bricks), rel=1e-5)


def test_blur_lowers_sharpness_and_light_moves_brightness(bricks: np.ndarray) -> None:
    plain = measured(rgb(bricks))
    blurred = measured(rgb(ndimage.gaussian_filter(bricks, 3)))
    lighter = measured(rgb(np.clip(bricks.astype(int) + 40, 0, 255).astype(np.uint8)))
    assert blurred["sharpness"] < plain["sharpness"] / 3
    assert lighter["brightness"] > plain["brightness"] + 30


def test_a_resolution_above_the_working_size_changes_only_the_size() -> None:
    smooth = ndimage.gaussian_filter(np.random.default_rng(0).uniform(0, 255, (1024, 768)), 24)
    smooth = (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)
    large, small = measured(rgb(smooth)), measured(rgb(np.ascontiguousarray(smooth[::2, ::2])))
    assert (large["shorter_side"], small["shorter_side"]) == (768, 384)
    assert large["contrast"] == pytest.approx(small["contrast"], rel=0.01)
    assert large["sharpness"] == pytest.approx(small["sharpness"], rel=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (300, 2)])
def test_even_and_tiny_pictures_have_finite_statistics(shape: tuple[int, int]) -> None:
    found = measured(np.full((*shape, 3), 255, np.uint8))
    assert np.isfinite(list(found.values())).all()
    assert (found["sharpness"], found["contrast"], found["entropy"]) == (0, 0, 0)


def test_uniform_noise_has_eight_bits() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert measured(rgb(every))["entropy"] == pytest.approx(stats.entropy(np.full(256, 1 / 256), base=2))


def as_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    written = io.BytesIO()
    Image.fromarray(image).save(written, "JPEG", quality=quality)
    return np.array(Image.open(written))


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    """500 × 500 pixels, so that it begins with a block and the middle of it does not."""
    return np.ascontiguousarray(data.astronaut()[:500, :500])


def test_colours_are_those_of_the_paper_and_grey_has_none(photograph: np.ndarray, bricks: np.ndarray) -> None:
    every_fourth = photograph[::4, ::4].reshape(-1, 3).astype(float)
    red, green, blue = every_fourth.T
    first, second = red - green, (red + green) / 2 - blue
    expected = np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean())
    assert measured(photograph)["colourfulness"] == pytest.approx(expected, rel=1e-4)
    assert measured(photograph)["warmth"] == pytest.approx(red.mean() - blue.mean(), rel=1e-4)
    swapped = measured(np.ascontiguousarray(photograph[..., ::-1]))
    assert swapped["warmth"] == pytest.approx(blue.mean() - red.mean(), rel=1e-4)
    assert (measured(rgb(bricks))["colourfulness"], measured(rgb(bricks))["warmth"]) == (0, 0)


@pytest.mark.parametrize("sigma", [5.0, 20.0])
def test_noise_of_an_even_picture_is_that_which_was_added(sigma: float) -> None:
    grey = 128 + np.random.default_rng(3).normal(0, sigma, (700, 900))
    assert measured(rgb(np.clip(grey, 0, 255).astype(np.uint8)))["noise"] == pytest.approx(sigma, rel=0.03)


def test_blocks_rise_with_compression_and_a_picture_that_was_moved_or_never_compressed_has_none(photograph) -> None:
    plain = measured(photograph)["blockiness"]
    rising = [plain, *(measured(as_jpeg(photograph, quality))["blockiness"] for quality in (60, 30, 10))]
    assert rising == sorted(rising)
    assert plain == pytest.approx(1, abs=0.1)
    moved = np.ascontiguousarray(as_jpeg(photograph, 10)[3:, 3:])
    assert rising[-1] > 1.5 > 1.1 > measured(moved)["blockiness"]


def test_what_is_clipped_is_the_share_of_black_and_white() -> None:
    grey = np.full((100, 100), 90, np.uint8)
    grey[:10], grey[10:15] = 0, 255
    assert measured(rgb(grey))["clipped"] == pytest.approx(0.15)


def test_every_statistic_has_a_unit() -> None:
    assert set(UNITS) == set(STATISTICS)
