import io
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from assay.augment.corruption import CORRUPTIONS, SEVERITIES
from assay.augment.corruption.corruption import LONGEST_SIDE
from assay.augment.corruption.gaussian_blur import gaussian_blur
from assay.augment.corruption.jpeg import jpeg
from assay.augment.corruption.motion_blur import line_kernel, motion_blur
from assay.augment.corruption.occlusion import GREY, occlude
from assay.data.dataset import augmentation_rng
from assay.data.preprocessing import Preprocessing


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def picture(height: int, width: int) -> np.ndarray:
    """Smooth, with the contents at the same relative places whatever the size."""
    small = rng().integers(40, 216, (8, 8, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("name", CORRUPTIONS)
@given(
    height=st.integers(1, 90), width=st.integers(1, 90), severity=st.sampled_from(SEVERITIES), seed=st.integers(0, 9)
)
@settings(max_examples=25, deadline=None)
def test_a_corrupted_picture_is_a_square_and_a_function_of_the_random_state(name, height, width, severity, seed):
    image = rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    before = image.copy()
    corruption = CORRUPTIONS[name](severity)
    view = corruption(image, 24, "letterbox", rng(seed))
    assert view.shape == (24, 24, 3)
    assert view.dtype == np.uint8
    assert np.array_equal(image, before)
    assert np.array_equal(CORRUPTIONS[name](severity)(image, 24, "letterbox", rng(seed)), view)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_higher_severity_takes_a_picture_further_away(name):
    image = picture(224, 224)
    image[::16], image[:, ::16] = 250, 5
    clean = Preprocessing(112)(image).astype(float)
    distances = [
        np.mean([np.abs(CORRUPTIONS[name](severity)(image, 112, "squash", rng(s)) - clean).mean() for s in range(6)])
        for severity in SEVERITIES
    ]
    assert 0 < distances[0] < distances[1] < distances[2]


@pytest.mark.parametrize("name", [name for name in CORRUPTIONS if name != "jpeg"])
def test_a_severity_means_the_same_for_a_picture_of_three_times_the_size(name):
    stripes = (np.arange(224) // 8 % 2 * 120 + 60).astype(np.uint8)
    image = np.repeat(np.repeat(stripes[None, :, None], 224, axis=0), 3, axis=2)
    large = image.repeat(3, axis=0).repeat(3, axis=1)
    clean = image.astype(float)
    for severity in SEVERITIES:
        corruption = CORRUPTIONS[name](severity)
        ways = [np.abs(corruption(what, 224, "squash", rng(1)) - clean).mean() for what in (image, large)]
        assert ways[1] == pytest.approx(ways[0], rel=0.2)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_grey_stays_grey(name):
    image = np.repeat(rng().integers(0, 256, (50, 60, 1), dtype=np.uint8), 3, axis=2)
    view = CORRUPTIONS[name](2)(image, 32, "squash", rng()).astype(int)
    assert np.ptp(view, axis=2).max() <= (2 if name == "jpeg" else 0)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_extreme_shapes_are_no_trouble(name):
    for shape in [(1, 1, 3), (2, 300, 3), (1, LONGEST_SIDE + 20_000, 3), (66_000, 2, 3)]:
        assert CORRUPTIONS[name](3)(np.full(shape, 90, dtype=np.uint8), 8, "squash", rng()).shape == (8, 8, 3)


def test_digests_tell_kind_and_severity_apart():
    digests = {CORRUPTIONS[name](severity).digest for name in CORRUPTIONS for severity in SEVERITIES}
    assert len(digests) == len(CORRUPTIONS) * 3
    assert CORRUPTIONS["jpeg"](1).digest == CORRUPTIONS["jpeg"](1).digest


def test_an_image_is_corrupted_in_the_same_way_in_every_run_and_others_in_another():
    spot = CORRUPTIONS["occlusion"](1)
    image = np.zeros((50, 50, 3), dtype=np.uint8)
    views = [spot(image, 50, "squash", augmentation_rng(0, 0, image_id)) for image_id in ("a", "b", "a")]
    assert np.array_equal(views[0], views[2])
    assert not np.array_equal(views[0], views[1])


def test_jpeg_is_what_pillow_writes():
    image = picture(96, 128)
    for quality in (10, 50, 90):
        saved = io.BytesIO()
        Image.fromarray(image).save(saved, "JPEG", quality=quality, subsampling="4:2:0")
        theirs = np.asarray(Image.open(saved)).astype(int)
        assert np.abs(jpeg(image, quality) - theirs).max() <= 2


@pytest.mark.parametrize("sigma", [1.0, 3.0, 12.0])
def test_gaussian_blur_is_scipys(sigma):
    image = picture(120, 90)
    image[50:55] = 255
    theirs = ndimage.gaussian_filter(image.astype(float), (sigma, sigma, 0), mode="mirror")
    distance = np.abs(gaussian_blur(image, sigma) - theirs)
    assert distance.mean() < 1
    assert distance[15:-15, 15:-15].max() < 2.5


@pytest.mark.parametrize("angle", [0.0, 0.4, math.pi / 2, 2.5])
def test_motion_blur_spreads_a_point_along_a_line(angle):
    kernel = line_kernel(21.0, angle)
    y, x = np.mgrid[: len(kernel), : len(kernel)] - len(kernel) // 2
    assert kernel.sum() == pytest.approx(1)
    assert (kernel * x).sum() == pytest.approx(0, abs=1e-4)
    along = x * math.cos(angle) + y * math.sin(angle)
    across = -x * math.sin(angle) + y * math.cos(angle)
    # The variance of a uniform line is its length squared over twelve.
    assert (kernel * along**2).sum() == pytest.approx(21.0**2 / 12, rel=0.05)
    assert (kernel * across**2).sum() < 0.3
    assert motion_blur(np.full((5, 5, 3), 7, dtype=np.uint8), 3.0, angle).tolist() == np.full((5, 5, 3), 7).tolist()


def test_noise_has_the_deviation_stated():
    grey = np.full((224, 224, 3), 128, dtype=np.uint8)
    for severity, share in zip(SEVERITIES, (0.08, 0.12, 0.18), strict=True):
        view = CORRUPTIONS["noise"](severity)(grey, 224, "squash", rng())
        assert view.std() == pytest.approx(255 * share, rel=0.03)


def test_brightness_goes_both_ways_and_contrast_shrinks_the_spread():
    image = picture(60, 60)
    shifts = [(CORRUPTIONS["brightness"](1).corrupt(image, rng(seed)).astype(int) - image).mean() for seed in range(30)]
    assert {round(shift) for shift in shifts} == {-26, 26}
    flat = CORRUPTIONS["contrast"](2).corrupt(image, rng())
    assert flat.std(axis=(0, 1)) == pytest.approx(0.4 * image.std(axis=(0, 1)), rel=0.02)
    assert flat.mean(axis=(0, 1)) == pytest.approx(image.mean(axis=(0, 1)), abs=0.5)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_occlusion_covers_the_share_stated_anywhere(share):
    black = np.zeros((90, 120, 3), dtype=np.uint8)
    masks = [(occlude(black, share, rng(seed)) == GREY).all(axis=2) for seed in range(200)]
    assert [mask.mean() for mask in masks] == pytest.approx([share] * 200, rel=0.05)
    often = np.mean(masks, axis=0)
    assert min(part.max() for part in (often[:12, :12], often[:12, -12:], often[-12:, :12], often[-12:, -12:])) > 0


def test_rotation_turns_about_the_centre_by_the_angle_stated():
    image = np.zeros((101, 101, 3), dtype=np.uint8)
    image[50, 80] = 255
    theirs = [ndimage.rotate(image[..., 0].astype(float), angle, reshape=False, order=1) for angle in (15, -15)]
    expected = {np.unravel_index(turned.argmax(), turned.shape) for turned in theirs}
    found = set()
    for seed in range(20):
        turned = CORRUPTIONS["rotation"](2).corrupt(image, rng(seed))[..., 0]
        found.add(np.unravel_index(turned.argmax(), turned.shape))
    assert found == expected
