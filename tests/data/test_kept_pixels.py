"""Pictures that are scaled down once: the same squares, smaller pictures, and no harm from what lies there."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.data import kept_pixels
from assay.data.image import read_bytes, read_image
from assay.data.kept_pixels import KeptPixels
from assay.data.preprocessing import Preprocessing
from assay.data.sample_range import FULL


def id_of(path: Path) -> str:
    """As a manifest has it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    path = tmp_path / "photograph.png"
    Image.fromarray(cv2.resize(coarse, (400, 300), interpolation=cv2.INTER_CUBIC)).save(path)
    return path


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The file, each time that one is decoded."""
    paths: list[str] = []

    def noted(path: Path) -> bytes:
        paths.append(str(path))
        return read_bytes(path)

    monkeypatch.setattr(kept_pixels, "read_bytes", noted)
    return paths


def test_a_picture_is_decoded_once_and_scaled_down_in_its_proportions(tmp_path, photograph, decoded):
    first = KeptPixels(tmp_path / "cache", 60).shrunk(photograph, id_of(photograph), FULL)
    again = KeptPixels(tmp_path / "cache", 60).shrunk(photograph, id_of(photograph), FULL)
    assert first.shape == (60, 80, 3)
    np.testing.assert_array_equal(first, again)
    assert len(decoded) == 1
    # Blocks of five pixels are averaged: what OpenCV's area interpolation is, by NumPy's means.
    means = read_image(photograph).reshape(60, 5, 80, 5, 3).mean(axis=(1, 3))
    assert np.abs(first - means).max() <= 0.51
    assert KeptPixels(tmp_path / "cache", 50).shrunk(photograph, id_of(photograph), FULL).shape == (50, 67, 3), (
        "another side"
    )
    assert len(decoded) == 2


def test_a_small_picture_stays_as_it_is(tmp_path, photograph):
    np.testing.assert_array_equal(
        KeptPixels(tmp_path / "cache", 301).shrunk(photograph, id_of(photograph), FULL), read_image(photograph)
    )


@pytest.mark.parametrize(
    "preprocessing", [Preprocessing(64), Preprocessing(96, "letterbox"), Preprocessing(64, "crop")]
)
def test_squares_that_nothing_varies_are_those_of_the_file_bit_by_bit(tmp_path, photograph, decoded, preprocessing):
    kept = KeptPixels(tmp_path / "cache", 100)
    expected = preprocessing(read_image(photograph))
    for _ in range(2):
        np.testing.assert_array_equal(kept.square(photograph, id_of(photograph), preprocessing), expected)
    assert len(decoded) == 1


def test_a_file_that_was_cut_short_is_made_again(tmp_path, photograph, decoded):
    kept = KeptPixels(tmp_path / "cache", 60)
    whole = kept.shrunk(photograph, id_of(photograph), FULL)
    (file,) = (tmp_path / "cache").rglob("*.npy")
    file.write_bytes(file.read_bytes()[:500])
    np.testing.assert_array_equal(kept.shrunk(photograph, id_of(photograph), FULL), whole)
    np.testing.assert_array_equal(kept.shrunk(photograph, id_of(photograph), FULL), whole)
    assert len(decoded) == 2


def test_a_cache_that_takes_nothing_costs_time_and_no_training(tmp_path, photograph, decoded, caplog):
    (tmp_path / "cache").write_text("a file in the place of the folder")
    kept = KeptPixels(tmp_path / "cache", 60)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert kept.shrunk(photograph, id_of(photograph), FULL).shape == (60, 80, 3)
    assert len(decoded) == 3
    assert [record.message for record in caplog.records] == [caplog.records[0].message], "said once"
    assert "cannot be kept" in caplog.text


def test_a_file_that_was_exchanged_since_it_was_listed_is_not_kept_in_the_place_of_the_former(
    tmp_path, photograph, decoded
):
    kept, listed, former = KeptPixels(tmp_path / "cache", 60), id_of(photograph), photograph.read_bytes()
    Image.new("RGB", (400, 300), "red").save(photograph)
    assert (kept.shrunk(photograph, listed, FULL) == (255, 0, 0)).all(), (
        "what lies there is trained on, as without a cache"
    )
    photograph.write_bytes(former)
    assert not (kept.shrunk(photograph, listed, FULL) == (255, 0, 0)).all()
    assert len(decoded) == 2
