"""Deletion and insertion on models whose answer is known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from assay.evaluation.explanation import GAUSSIAN, MAP, RANDOM
from assay.explain.sanity.blank import best_blank, blurred_picture, mean_colour
from assay.explain.sanity.deletion import STEPS, area, cells_of, curves, falling

SIZE = 32
BLANK = np.zeros((3, SIZE, SIZE), dtype=np.uint8)


def looks_at(top: int, left: int, side: int = 8):
    """A model whose probability of class 1 is the share of white in one square."""

    def probabilities(pictures: np.ndarray) -> np.ndarray:
        share = pictures[:, :, top : top + side, left : left + side].mean((1, 2, 3)) / 255
        return np.stack([1 - share, share], axis=1)

    return probabilities


def patched(top: int, left: int, side: int = 8) -> np.ndarray:
    picture = np.zeros((3, SIZE, SIZE), dtype=np.uint8)
    picture[:, top : top + side, left : left + side] = 255
    return picture


def map_at(top: int, left: int, side: int = 8) -> np.ndarray:
    return patched(top, left, side)[0].astype(np.float32) / 255


def test_a_map_on_the_place_that_decides_beats_chance_and_the_centre() -> None:
    gains = {RANDOM: [], GAUSSIAN: []}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = curves(patched(4, 24, 4), map_at(4, 24, 4), 1, looks_at(4, 24, 4), blank=BLANK, rng=rng)
        for other, values in gains.items():
            values.append(area(found.deletion[other]) - area(found.deletion[MAP]))
            values.append(area(found.insertion[MAP]) - area(found.insertion[other]))
    assert min(gains[GAUSSIAN]) > 0.2
    assert min(gains[RANDOM]) > -0.05
    assert np.mean(gains[RANDOM]) > 0.2


def test_a_map_on_the_wrong_place_loses() -> None:
    found = curves(patched(0, 24), 1 - map_at(0, 24), 1, looks_at(0, 24), blank=BLANK, rng=np.random.default_rng(0))
    assert area(found.deletion[MAP]) > area(found.deletion[RANDOM])
    assert area(found.insertion[MAP]) < area(found.insertion[RANDOM])


def test_the_centred_gaussian_cannot_be_beaten_where_the_centre_decides() -> None:
    found = curves(patched(12, 12), map_at(12, 12), 1, looks_at(12, 12), blank=BLANK, rng=np.random.default_rng(0))
    assert abs(area(found.deletion[MAP]) - area(found.deletion[GAUSSIAN])) < 0.02


def test_the_curves_are_those_of_pictures_made_by_hand() -> None:
    """Eight by eight cells of 4 pixels; after half of the steps, half of the 64 cells are gone, best first."""
    picture, entry = patched(0, 24), np.arange(SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)
    seen: list[np.ndarray] = []

    def watch(pictures: np.ndarray) -> np.ndarray:
        seen.append(pictures)
        return looks_at(0, 24)(pictures)

    found = curves(picture, entry, 1, watch, blank=BLANK, rng=np.random.default_rng(0))
    half = np.where(np.arange(SIZE)[:, None] >= SIZE // 2, BLANK, picture)
    (pictures,) = seen
    assert any(np.array_equal(half, one) for one in pictures)
    assert found.deletion[MAP][STEPS // 2] == looks_at(0, 24)(half[None])[0, 1]
    assert found.deletion[MAP][0] == found.insertion[MAP][-1] == 1
    assert found.deletion[MAP][-1] == found.insertion[MAP][0] == 0


def test_an_empty_map_is_a_random_one() -> None:
    empty = np.zeros((8, 8), dtype=np.float32)
    differences = []
    for seed in range(60):
        found = curves(patched(0, 24), empty, 1, looks_at(0, 24), blank=BLANK, rng=np.random.default_rng(seed))
        differences.append(area(found.insertion[MAP]) - area(found.insertion[RANDOM]))
    assert abs(np.mean(differences)) < 3 * np.std(differences) / np.sqrt(60)
    assert np.std(differences) > 0


def test_cells_cover_the_picture_evenly() -> None:
    for size, side in ((224, 14), (100, 14), (32, 8), (8, 2)):
        counts = np.bincount(cells_of(size).ravel())
        assert len(counts) == side * side
        assert counts.min() >= (size // side) ** 2


def test_equal_values_are_taken_in_random_order_and_others_by_value() -> None:
    values = np.array([1.0, 3.0, 1.0, 2.0])
    orders = {tuple(falling(values, np.random.default_rng(seed))) for seed in range(20)}
    assert orders == {(1, 3, 0, 2), (1, 3, 2, 0)}


def test_the_area_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import auc

    curve = np.random.default_rng(0).random(11)
    assert area(curve) == pytest.approx(auc(np.linspace(0, 1, 11), curve))


def test_the_blank_is_the_one_that_leaves_least_of_the_class() -> None:
    """A large bright square survives a blur; a dark dot on white is gone with it, and grey is as dark as the dot."""
    square = np.stack([patched(0, 16, 16)] * 3)
    name, blanks, left = best_blank(square, np.ones(3, dtype=np.int64), looks_at(2, 20, 4))
    assert name == "its mean colour"
    assert np.array_equal(blanks[0], mean_colour(square[0]))
    assert left == pytest.approx([0.25] * 3, abs=0.01)
    shaded = np.tile(np.linspace(0, 255, SIZE).astype(np.uint8), (2, 3, SIZE, 1))
    shaded[:, :, 12:20, 12:20] = 255

    def corner(pictures: np.ndarray) -> np.ndarray:
        return looks_at(0, 0)(pictures)

    name, blanks, _ = best_blank(shaded, np.ones(2, dtype=np.int64), corner)
    assert name == "the blurred picture"
    assert np.array_equal(blanks[1], blurred_picture(shaded[1]))
