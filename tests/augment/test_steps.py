import copy
import functools
import multiprocessing

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import RandAugment as Torchvision
from torchvision.transforms.autoaugment import _apply_op

from assay.augment.policy import ImagePolicy
from assay.augment.randaugment import OPERATIONS, TOP, RandAugment, apply
from assay.augment.random_erasing import RandomErasing
from assay.augment.robust import Robust
from assay.config.compose import compose, groups
from assay.data.image import decode_image
from assay.data.preprocessing import PADDING, Preprocessing
from assay.errors import ConfigError
from assay.run.learning import build_image_policy

ODD_SHAPES = [(1, 1), (2, 300), (300, 2), (7, 5), (60, 80)]
OPTIONS = [option for option in groups()["aug"] if option not in ("none", "mixup", "cutmix", "mixup_cutmix")]
COMBINED = ["[strong,mixup]", "[standard,random_erasing]", "[strong,robust,mixup]", "[clahe,denoise,randaugment]"]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def noise(*shape: int) -> np.ndarray:
    return rng().integers(0, 256, (*shape, 3), dtype=np.uint8)


@functools.cache
def policy_of(option: str) -> ImagePolicy:
    policy = build_image_policy(compose([f"aug={option}"]))
    assert policy is not None
    return policy


@pytest.mark.parametrize("option", [*OPTIONS, *COMBINED])
def test_every_option_makes_a_square_of_any_picture_as_a_function_of_the_random_state(option: str) -> None:
    policy = policy_of(option)
    twin = copy.deepcopy(policy)
    for height, width in ODD_SHAPES:
        image = noise(height, width)
        before = image.copy()
        for seed in range(8):
            for size in (8, 33):
                view = policy(image, size, "letterbox", rng(seed))
                assert view.shape == (size, size, 3)
                assert view.dtype == np.uint8
                assert view.flags.c_contiguous
                twin(noise(9, 9), 8, "squash", rng(99))
                assert np.array_equal(twin(image, size, "letterbox", rng(seed)), view)
        assert np.array_equal(image, before)


@pytest.mark.parametrize("option", OPTIONS)
def test_views_differ_from_each_other(option: str) -> None:
    image = noise(100, 100)
    views = {policy_of(option)(image, 224, "squash", rng(seed)).tobytes() for seed in range(30)}
    assert len(views) > 6


@pytest.mark.parametrize("option", ["robust", "random_erasing", "clahe", "denoise", "strong", "standard"])
def test_a_grey_picture_stays_grey(option: str, tmp_path) -> None:
    Image.fromarray(rng().integers(0, 65536, (40, 50), dtype=np.uint16)).save(tmp_path / "deep.png")
    image = decode_image((tmp_path / "deep.png").read_bytes(), "deep")
    for seed in range(20):
        view = policy_of(option)(image, 32, "squash", rng(seed)).astype(int)
        spread = np.ptp(view, axis=2)
        # Erasing puts coloured noise in; JPEG and the lightness of CLAHE round each channel by itself.
        assert spread.max() <= 3 or option == "random_erasing"


def test_options_add_up_in_their_order_and_each_keeps_its_settings() -> None:
    config = compose(["aug=[strong,robust,random_erasing,mixup]", "aug.steps.robust.min_quality=60"])
    assert list(config.aug.image) == ["strong"]
    assert list(config.aug.steps) == ["robust", "random_erasing"]
    assert list(config.aug.mix) == ["mixup"]
    assert config.aug.steps.robust.min_quality == 60
    assert list(compose(["aug=[random_erasing,robust]"]).aug.steps) == ["random_erasing", "robust"]


def test_the_digest_tells_order_and_settings_apart() -> None:
    options = ["robust", "[robust,clahe]", "[clahe,robust]", "[standard,robust]", "standard", "[strong,robust]"]
    assert len({policy_of(option).digest for option in options}) == len(options)
    assert policy_of("[standard,robust]").digest == policy_of("[robust,standard]").digest
    changed = build_image_policy(compose(["aug=robust", "aug.steps.robust.max_blur=9"]))
    assert changed is not None
    assert changed.digest != policy_of("robust").digest


def test_steps_without_a_policy_start_from_what_evaluation_sees() -> None:
    config = compose(["aug=clahe", "aug.steps.clahe.p=0"])
    image = noise(50, 70)
    assert np.array_equal(build_image_policy(config)(image, 32, "crop", rng()), Preprocessing(32, "crop")(image))


def views_elsewhere(seeds: list[int]) -> list[bytes]:
    policy = policy_of("[strong,robust,random_erasing,clahe,denoise,randaugment]")
    return [policy(noise(60, 50), 48, "squash", rng(seed)).tobytes() for seed in seeds]


def test_views_are_the_same_in_another_process_and_another_order() -> None:
    seeds = list(range(12))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        halves = pool.map(views_elsewhere, [seeds[6:][::-1], seeds[:6]])
    assert [*halves[1], *halves[0][::-1]] == views_elsewhere(seeds)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("m", [0, 9, 30])
def test_operations_are_those_of_torchvision(operation: str, m: int) -> None:
    smooth = Image.fromarray(noise(12, 10)).resize((64, 48), Image.Resampling.BICUBIC)
    theirs = {"color": "Color", "auto_contrast": "AutoContrast"}.get(operation, operation.title().replace("_", ""))
    magnitudes, signed = Torchvision()._augmentation_space(31, (48, 64))[theirs]
    magnitude = float(magnitudes[m]) if magnitudes.ndim else 0.0
    expected = {
        np.asarray(_apply_op(smooth, theirs, sign * magnitude, InterpolationMode.BILINEAR, list(PADDING))).tobytes()
        for sign in ([1, -1] if signed else [1])
    }
    mine = {np.asarray(apply(smooth, operation, sign * m / TOP)).tobytes() for sign in (1, -1)}
    if operation.startswith("shear"):  # they keep the corner where it is, the paper's authors and we the centre
        return
    assert mine == expected


def test_a_shear_keeps_the_centre_and_moves_rows_as_far_as_asked() -> None:
    stripe = np.zeros((101, 101, 3), dtype=np.uint8)
    stripe[:, 50] = 255
    sheared = np.asarray(apply(Image.fromarray(stripe), "shear_x", 1.0)).astype(float).sum(axis=2)
    sheared[sheared == sum(PADDING)] = 0
    places = sheared.argmax(axis=1)
    assert places[50] == 50
    assert np.polyfit(np.arange(101), places, 1)[0] == pytest.approx(-0.3, abs=0.01)


def test_randaugment_draws_every_operation_equally_often(monkeypatch) -> None:
    from assay.augment import randaugment

    drawn: list[str] = []
    monkeypatch.setattr(randaugment, "apply", lambda picture, operation, magnitude: drawn.append(operation) or picture)
    state = rng()
    for _ in range(1400):
        RandAugment()(noise(2, 2), state)
    counts = [drawn.count(operation) for operation in OPERATIONS]
    assert sum(counts) == 2800
    assert np.abs(np.array(counts) - 200).max() < 4 * np.sqrt(200)


def test_random_erasing_takes_the_area_and_shape_that_the_paper_states() -> None:
    black = np.zeros((100, 100, 3), dtype=np.uint8)
    shares, aspects = [], []
    for seed in range(1500):
        found = np.argwhere(RandomErasing()(black, rng(seed)).any(axis=2))
        if len(found):
            rows, columns = np.ptp(found, axis=0) + 1
            shares.append(rows * columns / 1e4)
            aspects.append(rows / columns)
    assert len(shares) == pytest.approx(750, abs=4 * np.sqrt(375))
    assert 0.018 < min(shares) < 0.03
    assert 0.37 < max(shares) < 0.41
    assert 0.28 < min(aspects) < 0.4
    assert 2.9 < max(aspects) < 3.6


@given(seed=st.integers(0, 10_000), size=st.integers(1, 40))
@settings(max_examples=60)
def test_random_erasing_and_robust_leave_the_view_alone_and_keep_its_shape(seed: int, size: int) -> None:
    view = noise(size, size)
    before = view.copy()
    for step in (RandomErasing(p=1.0), Robust(occlusion_probability=1.0, blur_probability=1.0)):
        changed = step(view, rng(seed))
        assert changed.shape == view.shape
        assert changed.dtype == np.uint8
        assert np.array_equal(view, before)


def test_limits_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ConfigError, match="min_quality must not be above max_quality, got 90 and 50"):
        Robust(min_quality=90, max_quality=50)
    with pytest.raises(ConfigError, match="min_area must not be above max_area"):
        RandomErasing(min_area=0.5, max_area=0.4)


def test_the_global_random_states_are_left_alone() -> None:
    import random

    before = random.getstate(), torch.get_rng_state()
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    views_elsewhere([1, 2])
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    assert np.random.random() == expected  # noqa: NPY002
