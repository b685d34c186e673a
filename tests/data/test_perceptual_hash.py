import io

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from assay.data.perceptual_hash import distance, perceptual_hash, thumbnail


def scenes(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (count, 12, 16, 3), dtype=np.uint8)
    return [cv2.resize(image, (240, 180), interpolation=cv2.INTER_CUBIC) for image in coarse]


def hash_of(image: np.ndarray) -> np.uint64:
    return perceptual_hash(thumbnail(image)[None])[0]


def test_the_hash_is_that_of_scipys_cosine_transform() -> None:
    thumbnails = np.random.default_rng(3).integers(0, 256, (50, 32, 32), dtype=np.uint8)
    expected = []
    for grey in thumbnails:
        low = dctn(grey.astype(float), type=2, norm=None)[:8, :8]
        bits = "".join("1" if value > np.median(low) else "0" for value in low.ravel())
        expected.append(int(bits, 2))
    assert perceptual_hash(thumbnails).tolist() == expected


def test_a_resized_and_recompressed_copy_is_near_and_another_picture_is_far() -> None:
    images = scenes(40)
    hashes = np.array([hash_of(image) for image in images])
    copies = []
    for image in images:
        written = io.BytesIO()
        Image.fromarray(image).resize((97, 73)).save(written, "JPEG", quality=40)
        copies.append(hash_of(np.asarray(Image.open(written))))
    apart = distance(hashes[:, None], hashes[None, :])
    assert distance(hashes, np.array(copies)).max() <= 6
    assert apart[~np.eye(40, dtype=bool)].min() > 10
    assert apart[~np.eye(40, dtype=bool)].mean() == pytest.approx(32, abs=2)


@pytest.mark.parametrize("grey", [0, 1, 77, 255])
def test_even_surfaces_have_one_hash_not_one_of_rounding_noise(grey: int) -> None:
    assert hash_of(np.full((50, 60, 3), grey, np.uint8)) in (0, 1 << 63)


def test_distance_counts_bits() -> None:
    first, second = np.array([0, 0b1011], dtype=np.uint64), np.array([2**64 - 1, 0b0001], dtype=np.uint64)
    assert distance(first, second).tolist() == [64, 2]


def test_no_images_have_no_hashes() -> None:
    assert perceptual_hash(np.zeros((0, 32, 32), np.uint8)).shape == (0,)
