import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_sample_image

from assay.data.preprocessing import PADDING, Preprocessing, resample
from assay.errors import ConfigError

RESIZES = ["squash", "crop", "letterbox"]


def random_image(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def block_means(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    height, width, _ = image.shape
    return image.reshape(height // rows, rows, width // columns, columns, 3).mean(axis=(1, 3))


@pytest.mark.parametrize("resize", RESIZES)
@given(height=st.integers(1, 90), width=st.integers(1, 90), size=st.integers(1, 48))
def test_every_picture_becomes_a_square(resize: str, height: int, width: int, size: int) -> None:
    square = Preprocessing(size, resize)(random_image(height, width))
    assert square.shape == (size, size, 3)
    assert square.dtype == np.uint8
    assert square.flags.c_contiguous


@pytest.mark.parametrize("resize", RESIZES)
def test_a_square_of_the_right_size_is_left_as_it_is(resize: str) -> None:
    image = random_image(32, 32)
    assert np.array_equal(Preprocessing(32, resize)(image), image)


@pytest.mark.parametrize("resize", ["squash", "crop"])
def test_a_plain_colour_stays_that_colour(resize: str) -> None:
    for height, width in [(7, 300), (300, 7), (3, 5), (500, 375)]:
        image = np.full((height, width, 3), (10, 200, 77), dtype=np.uint8)
        assert (Preprocessing(64, resize)(image) == (10, 200, 77)).all()


def test_squash_shrinks_by_averaging_blocks() -> None:
    image = random_image(64, 96)
    assert np.abs(Preprocessing(32)(image) - block_means(image, 2, 3)).max() <= 0.5


def test_a_side_that_shrinks_is_averaged_even_when_the_other_one_grows() -> None:
    rows = np.random.default_rng(0).integers(0, 256, (64, 1, 3), dtype=np.uint8)
    image = np.repeat(rows, 8, axis=1)
    assert np.abs(resample(image, 16, 32) - block_means(image, 4, 1)[:, :1]).max() <= 1


def test_squash_agrees_with_pillow_on_a_photograph() -> None:
    photograph = load_sample_image("china.jpg")
    pillow = Image.fromarray(photograph)
    for size, kernel, tolerance in [(160, Image.Resampling.BOX, 2.5), (700, Image.Resampling.BICUBIC, 2.0)]:
        expected = np.asarray(pillow.resize((size, size), kernel)).astype(int)
        assert np.abs(Preprocessing(size)(photograph) - expected).mean() < tolerance


def test_crop_shows_the_middle_of_the_longer_side() -> None:
    image = random_image(20, 60)
    assert np.array_equal(Preprocessing(20, "crop")(image), image[:, 20:40])
    upright = np.ascontiguousarray(image.transpose(1, 0, 2))
    assert np.array_equal(Preprocessing(20, "crop")(upright), upright[20:40])


def test_letterbox_shows_everything_and_pads_both_sides() -> None:
    image = random_image(20, 40)
    square = Preprocessing(40, "letterbox")(image)
    assert np.array_equal(square[10:30], image)
    assert (square[:10] == PADDING).all()
    assert (square[30:] == PADDING).all()


@pytest.mark.parametrize("resize", RESIZES)
def test_a_picture_of_one_line_needs_no_memory_to_speak_of(resize: str) -> None:
    assert Preprocessing(224, resize)(random_image(1, 100_000)).shape == (224, 224, 3)


@pytest.mark.parametrize("resize", RESIZES)
def test_the_input_is_left_alone(resize: str) -> None:
    image = random_image(50, 30)
    before = image.copy()
    Preprocessing(20, resize)(image)[:] = 0
    assert np.array_equal(image, before)


def test_the_digest_tells_apart_whatever_changes_pixels() -> None:
    digests = {Preprocessing(size, resize).digest for size in (160, 224) for resize in RESIZES}
    assert len(digests) == 6
    assert Preprocessing(224, "crop").digest == Preprocessing(224, "crop").digest


def test_a_new_version_of_the_pixels_has_a_new_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Preprocessing().digest
    monkeypatch.setattr("assay.data.preprocessing.VERSION", -1)
    assert Preprocessing().digest != before


def test_an_unknown_resize_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean letterbox"):
        Preprocessing(224, "leterbox")  # type: ignore[arg-type]


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="got 0"):
        Preprocessing(0)
