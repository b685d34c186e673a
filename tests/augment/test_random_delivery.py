import cv2
import numpy as np
import pytest

from assay.augment.random_delivery import SMALLEST, RandomDelivery
from assay.data.preprocessing import Preprocessing
from assay.errors import ConfigError

RNG = np.random.default_rng(0)
PICTURE = cv2.GaussianBlur(RNG.integers(0, 256, (60, 80, 3), dtype=np.uint8), (0, 0), 1)


def views(policy: RandomDelivery, count: int = 40) -> list[np.ndarray]:
    return [policy.delivered(PICTURE, np.random.default_rng(seed)) for seed in range(count)]


def test_a_view_is_decided_by_the_random_state_and_leaves_the_picture_alone() -> None:
    kept, policy = PICTURE.copy(), RandomDelivery()
    first, again = (policy(PICTURE, 32, "native", np.random.default_rng(5)) for _ in range(2))
    assert (first == again).all()
    assert first.shape == (32, 32, 3)
    assert (kept == PICTURE).all()
    assert len({view.tobytes() for view in views(policy)}) > 20


def test_as_many_pictures_stay_untouched_as_is_asked_for() -> None:
    assert all((view == PICTURE).all() for view in views(RandomDelivery(untouched=1)))
    assert not any(view.shape == PICTURE.shape and (view == PICTURE).all()
                   for view in views(RandomDelivery(untouched=0, jpeg_probability=1)))  # fmt: skip


def test_pictures_come_smaller_and_larger_and_never_below_the_least_side() -> None:
    policy = RandomDelivery(untouched=0, again=1, scale_probability=1, back_probability=0, max_cut=0, min_scale=0.2)
    sides = [min(view.shape[:2]) for view in views(policy)]
    assert SMALLEST <= min(sides) < 60 < max(sides)


def test_scaled_back_pictures_have_their_size_and_have_lost_detail() -> None:
    policy = RandomDelivery(untouched=0, again=0, retouch_probability=0, scale_probability=1, back_probability=1,
                            min_scale=0.5, max_scale=0.6, cut_probability=0, jpeg_probability=0)  # fmt: skip
    for view in views(policy, 10):
        assert view.shape == PICTURE.shape
        assert cv2.Laplacian(view, cv2.CV_64F).std() < 0.8 * cv2.Laplacian(PICTURE, cv2.CV_64F).std()


def test_without_anything_that_may_happen_a_view_is_what_evaluation_sees() -> None:
    policy = RandomDelivery(untouched=0, retouch_probability=0, scale_probability=0, cut_probability=0,
                            jpeg_probability=0)  # fmt: skip
    assert (policy(PICTURE, 40, "crop", RNG) == Preprocessing(40, "crop")(PICTURE)).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 200, 3), (20_000, 3, 3)])
def test_odd_pictures_go_through(shape) -> None:
    odd = np.full(shape, 77, dtype=np.uint8)
    for seed in range(12):
        made = RandomDelivery(untouched=0, again=1)(odd, 16, "native", np.random.default_rng(seed))
        assert made.shape == (16, 16, 3)


@pytest.mark.parametrize("limits", [{"min_scale": 2.0}, {"min_quality": 99}])
def test_limits_that_cross_are_refused(limits) -> None:
    with pytest.raises(ConfigError, match="must not be above"):
        RandomDelivery(**limits)
