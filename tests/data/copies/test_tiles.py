"""Fine detail tells pictures of one kind of object apart, and survives what people do to pictures."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from assay.data.copies.faces import VIEWS
from assay.data.copies.tiles import tile_likeness

Grey = NDArray[np.uint8]


def photograph() -> Grey:
    return np.ascontiguousarray(skimage.data.camera()[:320, 100:420])


def jpeg(picture: Grey) -> Grey:
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "JPEG", quality=50)
    return np.asarray(Image.open(written))


def watermarked(picture: Grey) -> Grey:
    layer = cv2.putText(picture.copy(), "PREVIEW", (20, 290), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 6)
    return np.asarray(cv2.addWeighted(layer, 0.5, picture, 0.5, 0), dtype=np.uint8)


def moved(picture: Grey) -> Grey:
    """Cut by 3 % more to one side than to the other, and scaled."""
    return np.asarray(cv2.resize(picture[3:312, 8:318], (256, 256), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@pytest.mark.parametrize("change", [jpeg, watermarked, moved, lambda picture: (0.6 * picture).astype(np.uint8)])
def test_what_people_do_to_a_picture_leaves_its_detail(change: Callable[[Grey], Grey]) -> None:
    assert tile_likeness(change(photograph()), photograph(), 0, 0) > 0.8


@pytest.mark.parametrize(("x", "y"), [(-1, -1), (-1, 1), (1, -1), (1, 1)])
def test_a_quarter_is_part_of_its_picture(x: int, y: int) -> None:
    picture = photograph()
    quarter = picture[160 * (y > 0) : 160 + 160 * (y > 0), 160 * (x > 0) : 160 + 160 * (x > 0)]
    assert tile_likeness(quarter, picture, 0, VIEWS.index((2.0, x, y))) > 0.9
    assert tile_likeness(quarter, picture, 0, VIEWS.index((2.0, -x, y))) < 0.5


@pytest.mark.parametrize("turn", range(8))
def test_a_turned_quarter_is_met_in_its_own_turn(turn: int) -> None:
    picture, turned = photograph(), photograph()
    if turn & 4:
        turned = turned.T
    if turn & 2:
        turned = turned[::-1]
    if turn & 1:
        turned = turned[:, ::-1]
    part = VIEWS.index((2.0, -1, 1))
    quarter = picture[160:, :160]
    if turn & 4:
        quarter = quarter.T
    if turn & 2:
        quarter = quarter[::-1]
    if turn & 1:
        quarter = quarter[:, ::-1]
    assert tile_likeness(np.ascontiguousarray(turned), picture, turn, 0) > 0.95
    assert tile_likeness(np.ascontiguousarray(quarter), picture, turn, part) > 0.9


def test_two_things_with_the_same_outlines_differ_in_detail() -> None:
    rng = np.random.default_rng(0)
    bars = np.full((200, 200), 90.0)
    bars[:, 60:70] = bars[:, 130:140] = 200
    bars *= np.linspace(0.5, 1, 200)[:, None]
    first, second = (
        np.clip(bars + cv2.GaussianBlur(rng.normal(0, 12, bars.shape), (0, 0), 1.2), 0, 255).astype(np.uint8)
        for _ in range(2)
    )
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.97
    assert tile_likeness(first, second, 0, 0) < 0.4
    assert tile_likeness(jpeg(first), first, 0, 0) > 0.7


def test_what_is_even_or_small_has_no_detail() -> None:
    even = np.full((200, 200), 128, dtype=np.uint8)
    small = np.random.default_rng(0).integers(0, 256, (36, 36), dtype=np.uint8)
    assert tile_likeness(even, even, 0, 0) == -1
    assert tile_likeness(small, small, 0, 0) == -1
