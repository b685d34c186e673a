import io

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.augment.chain import STEPS, Chain
from assay.data.preprocessing import Preprocessing
from assay.errors import ConfigError

RNG = np.random.default_rng(0)
PICTURE = cv2.GaussianBlur(RNG.integers(0, 256, (90, 120, 3), dtype=np.uint8), (0, 0), 2)
USUAL = {"jpeg": 60, "webp": 60, "long_side": 60, "short_side": 60, "scale": 0.5, "there_and_back": 0.5, "cut": 0.2}
USUAL |= {"denoise": 20, "sharpen": 0.5, "gamma": 0.8, "blur": 1}


def test_every_step_has_an_example_here() -> None:
    assert set(USUAL) == set(STEPS)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_changes_the_picture_leaves_its_input_alone_and_repeats_itself(name) -> None:
    kept = PICTURE.copy()
    once, again = (Chain("one", [{name: USUAL[name]}]).delivered(PICTURE) for _ in range(2))
    assert (kept == PICTURE).all()
    assert once.dtype == np.uint8
    assert once.ndim == 3
    assert once.shape != PICTURE.shape or (once != PICTURE).any()
    assert (once == again).all()


@pytest.mark.parametrize(
    ("step", "height", "width"),
    [
        ({"long_side": 60}, 45, 60),
        ({"long_side": 1600}, 90, 120),
        ({"short_side": 45}, 45, 60),
        ({"short_side": 91}, 90, 120),
        ({"scale": 1.5}, 135, 180),
        ({"there_and_back": 0.3}, 90, 120),
        ({"cut": 0.2}, 72, 96),
    ],
)
def test_sides_are_those_that_were_asked_for(step, height, width) -> None:
    assert Chain("sides", [step]).delivered(PICTURE).shape == (height, width, 3)


def test_jpeg_is_what_pillow_reads_from_the_same_encoder() -> None:
    saved = io.BytesIO()
    Image.fromarray(PICTURE).save(saved, "JPEG", quality=75)
    other = np.array(Image.open(saved)).astype(int)
    assert abs(Chain("j", [{"jpeg": 75}]).delivered(PICTURE).astype(int) - other).mean() < 1


def test_a_retouched_picture_keeps_black_and_white_and_is_lightened_by_the_power_law() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    light = Chain("light", [{"gamma": 0.5}]).delivered(ramp)[0, :, 0]
    assert light[0] == 0
    assert light[255] == 255
    assert light[64] == round(255 * (64 / 255) ** 0.5)


def test_steps_follow_one_another_in_their_order() -> None:
    there = Chain("a", [{"jpeg": 30}, {"scale": 0.5}])
    other = Chain("b", [{"scale": 0.5}, {"jpeg": 30}])
    assert there.described == "JPEG 30, scaled to 50%"
    assert (there.delivered(PICTURE) != other.delivered(PICTURE)).any()
    assert there.digest != other.digest
    assert there.digest == Chain("called_otherwise", [{"jpeg": 30}, {"scale": 0.5}]).digest


def test_a_view_is_the_delivered_picture_preprocessed() -> None:
    chain = Chain("a", [{"scale": 0.5}])
    assert (chain(PICTURE, 32, "crop", RNG) == Preprocessing(32, "crop")(chain.delivered(PICTURE))).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (40, 1, 3), (20_000, 2, 3)])
@pytest.mark.parametrize("name", sorted(STEPS))
def test_no_shape_of_a_picture_breaks_a_step(name, shape) -> None:
    made = Chain("odd", [{name: USUAL[name]}]).delivered(np.full(shape, 128, dtype=np.uint8))
    assert min(made.shape[:2]) >= 1


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"jepg": 75}], "did you mean jpeg"),
        ([{"jpeg": 0}], "from 1 to 100, got 0"),
        ([{"jpeg": 75.5}], "whole number"),
        ([{"jpeg": "75"}], "got '75'"),
        ([{"jpeg": True}], "got True"),
        ([{"scale": float("nan")}], "got nan"),
        ([{"scale": 1000}], "from 0.05 to 4"),
        ([{"jpeg": 75, "scale": 0.5}], "one name with its strength"),
        (["jpeg"], "one name with its strength"),
        ([], "1 to 12 steps"),
        ([{"jpeg": 75}] * 13, "1 to 12 steps"),
        ({"jpeg": 75}, "1 to 12 steps"),
        ("jpeg", "1 to 12 steps"),
        (None, "1 to 12 steps"),
    ],
)
def test_what_is_no_chain_is_refused_with_its_place(steps, message) -> None:
    with pytest.raises(ConfigError, match=r"evaluation\.delivery\.chains\.mine: ") as refused:
        Chain("mine", steps)
    assert message in str(refused.value)


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "x" * 41, "ชื่อ", 7])
def test_a_name_that_cannot_be_part_of_a_metric_is_refused(name) -> None:
    with pytest.raises(ConfigError, match="a chain is called by"):
        Chain(name, [{"jpeg": 75}])
