import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.augment.standard import Standard
from assay.augment.window import random_window
from assay.data.preprocessing import PADDING, Preprocessing

RESIZES = ["squash", "crop", "letterbox"]
NOTHING = {
    "min_area": 1.0,
    "max_stretch": 1.0,
    "horizontal_flip": 0.0,
    "rotate_probability": 0.0,
    "light_probability": 0.0,
}
EVERYTHING = {
    "min_area": 0.1,
    "max_stretch": 2.0,
    "horizontal_flip": 0.5,
    "vertical_flip": 0.5,
    "rotate_probability": 1.0,
    "rotate_degrees": 180.0,
    "light_probability": 1.0,
    "brightness": 1.0,
    "contrast": 1.0,
}
everything = Standard(**EVERYTHING)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def random_image(height: int, width: int) -> np.ndarray:
    return rng().integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("resize", RESIZES)
@given(height=st.integers(1, 70), width=st.integers(1, 70), size=st.integers(8, 40), seed=st.integers(0, 99))
def test_a_view_is_a_square_and_a_function_of_the_random_state(
    resize: str, height: int, width: int, size: int, seed: int
) -> None:
    image = random_image(height, width)
    before = image.copy()
    view = everything(image, size, resize, rng(seed))
    assert view.shape == (size, size, 3)
    assert view.dtype == np.uint8
    assert view.flags.c_contiguous
    assert np.array_equal(image, before)
    everything(random_image(9, 9), size, resize, rng(1234))
    assert np.array_equal(everything(image, size, resize, rng(seed)), view)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda policy: pickle.loads(pickle.dumps(policy))])
def test_a_copy_makes_the_same_views(copied: object) -> None:
    image = random_image(50, 40)
    twin = copied(everything)  # type: ignore[operator]
    for seed in range(10):
        view = everything(image, 32, "squash", rng(seed))
        assert np.array_equal(twin(image, 32, "squash", rng(seed)), view)


@pytest.mark.parametrize("resize", RESIZES)
def test_a_policy_that_does_nothing_shows_what_evaluation_shows(resize: str) -> None:
    policy = Standard(**NOTHING)
    # A square, whose middle is all of it: on other pictures the square of "crop" lies at random along the longer side.
    for shape in [(60, 60), (60, 90)][: 1 if resize == "crop" else 2]:
        image = random_image(*shape)
        assert np.array_equal(policy(image, 32, resize, rng()), Preprocessing(32, resize)(image))


def test_flips_happen_as_often_as_asked() -> None:
    image = random_image(16, 16)
    policy = Standard(**{**NOTHING, "horizontal_flip": 0.3, "vertical_flip": 0.6})
    views = [policy(image, 16, "squash", rng(seed)) for seed in range(600)]
    mirrored = {
        "no": image,
        "across": image[:, ::-1],
        "down": image[::-1],
        "both": image[::-1, ::-1],
    }
    counts = {name: sum(np.array_equal(view, what) for view in views) for name, what in mirrored.items()}
    assert sum(counts.values()) == 600
    for name, share in {"no": 0.28, "across": 0.12, "down": 0.42, "both": 0.18}.items():
        assert counts[name] == pytest.approx(600 * share, abs=4 * np.sqrt(600 * share * (1 - share)))


def test_turns_stay_within_the_limit_and_go_both_ways() -> None:
    ramp = np.repeat(np.linspace(50, 200, 64).astype(np.uint8)[:, None, None], 64, axis=1).repeat(3, axis=2)
    policy = Standard(**{**NOTHING, "rotate_probability": 1.0, "rotate_degrees": 10.0})
    angles = []
    for seed in range(80):
        centre = policy(ramp, 64, "squash", rng(seed))[20:44, 20:44, 0].astype(float)
        down, across = (gradient.mean() for gradient in np.gradient(centre))
        angles.append(np.degrees(np.arctan2(across, down)))
    assert np.abs(angles).max() < 10.5
    assert min(angles) < -7
    assert max(angles) > 7


def test_light_stays_within_the_limit_and_goes_both_ways() -> None:
    grey = np.full((16, 16, 3), 100, dtype=np.uint8)
    policy = Standard(**{**NOTHING, "light_probability": 1.0, "brightness": 0.2, "contrast": 0.0})
    means = [policy(grey, 16, "squash", rng(seed)).mean() for seed in range(100)]
    assert 100 - 0.2 * 255 - 1 <= min(means) < 65
    assert 135 < max(means) <= 100 + 0.2 * 255 + 1


def test_windows_have_the_area_and_shape_asked_for() -> None:
    columns, rows = np.meshgrid(np.arange(200), np.arange(100))
    position = np.stack([rows, columns, np.zeros_like(rows)], axis=-1).astype(np.uint8)
    areas, aspects = [], []
    for seed in range(2000):
        view = random_window(position, 50, "crop", rng(seed), min_area=0.25, max_stretch=1.5).astype(float)
        # Each pixel of the square averages a stretch of rows and columns, so its ends lie half a stretch inside.
        height = (view[-1, 0, 0] - view[0, 0, 0]) * 50 / 49
        width = (view[0, -1, 1] - view[0, 0, 1]) * 50 / 49
        aspects.append(width / height)
        largest = min(100, 200 / aspects[-1]) * min(200, 100 * aspects[-1])
        areas.append(height * width / largest)
    assert np.quantile(areas, [0, 0.5, 1]) == pytest.approx([0.25, 0.625, 1], abs=0.05)
    assert np.quantile(np.log(aspects), [0, 0.5, 1]) == pytest.approx(np.log([1 / 1.5, 1, 1.5]), abs=0.08)


def test_windows_reach_every_corner_of_the_picture() -> None:
    for row, column in [(0, 0), (0, 59), (39, 0), (39, 59)]:
        image = np.zeros((40, 60, 3), dtype=np.uint8)
        image[row, column] = 255
        assert any(
            random_window(image, 40, "crop", rng(seed), min_area=0.25, max_stretch=1.0).any() for seed in range(300)
        )


@pytest.mark.parametrize(("resize", "padded"), [("letterbox", True), ("squash", False), ("crop", False)])
def test_a_view_of_a_long_picture_is_padded_where_evaluation_pads(resize: str, padded: bool) -> None:
    white = np.full((20, 80, 3), 255, dtype=np.uint8)
    view = random_window(white, 40, resize, rng(), min_area=0.5, max_stretch=1.2)
    assert (view[0] == PADDING).all() == padded
    assert (view[20] == 255).all()


def test_the_digest_tells_settings_apart() -> None:
    assert Standard().digest == Standard().digest
    assert len({Standard().digest, Standard(min_area=0.5).digest, Standard(contrast=0.1).digest}) == 3
    used = Standard()
    used(random_image(9, 9), 8, "squash", rng())
    assert used.digest == Standard().digest


@pytest.mark.slow
def test_the_module_is_light_and_the_library_asks_nobody_for_news() -> None:
    code = (
        "import sys, urllib.request\n"
        "from assay.augment.standard import Standard\n"
        "assert 'albumentations' not in sys.modules and 'torch' not in sys.modules\n"
        "def refuse(*a, **k): raise SystemExit('looked at the network')\n"
        "urllib.request.OpenerDirector.open = refuse\n"
        "Standard()\n"
        "assert 'albumentations' in sys.modules\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "NO_ALBUMENTATIONS_UPDATE"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
