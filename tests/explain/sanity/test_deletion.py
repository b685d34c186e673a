"""Deletion and insertion on models whose answer is known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from assay.evaluation.explanation import GAUSSIAN, MAP, RANDOM
from assay.explain.sanity.deletion import STEPS, area, blurred_picture, cells_of, curves, falling

SIZE = 32


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
        found = curves(patched(4, 24, 4), map_at(4, 24, 4), 1, looks_at(4, 24, 4), rng=rng)
        for other, values in gains.items():
            values.append(area(found.deletion[other]) - area(found.deletion[MAP]))
            values.append(area(found.insertion[MAP]) - area(found.insertion[other]))
    assert min(gains[GAUSSIAN]) > 0.2
    assert min(gains[RANDOM]) > -0.05
    assert np.mean(gains[RANDOM]) > 0.2


def test_a_map_on_the_wrong_place_loses() -> None:
    found = curves(patched(0, 24), 1 - map_at(0, 24), 1, looks_at(0, 24), rng=np.random.default_rng(0))
    assert area(found.deletion[MAP]) > area(found.deletion[RANDOM])
    assert area(found.insertion[MAP]) < area(found.insertion[RANDOM])


def test_the_centred_gaussian_cannot_be_beaten_where_the_centre_decides() -> None:
    found = curves(patched(12, 12), map_at(12, 12), 1, looks_at(12, 12), rng=np.random.default_rng(0))
    assert abs(area(found.deletion[MAP]) - area(found.deletion[GAUSSIAN])) < 0.02


def test_the_curves_are_those_of_pictures_made_by_hand() -> None:
    """Eight by eight cells of 4 pixels; after half of the steps, half of the 64 cells are gone, best first."""
    picture, entry = patched(0, 24), np.arange(SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)
    seen: list[np.ndarray] = []

    def watch(pictures: np.ndarray) -> np.ndarray:
        seen.append(pictures)
        return looks_at(0, 24)(pictures)

    found = curves(picture, entry, 1, watch, rng=np.random.default_rng(0))
    blank = blurred_picture(picture)
    half = np.where(np.arange(SIZE)[:, None] >= SIZE // 2, blank, picture)
    (pictures,) = seen
    assert any(np.array_equal(half, one) for one in pictures)
    assert found.deletion[MAP][STEPS // 2] == looks_at(0, 24)(half[None])[0, 1]
    assert found.deletion[MAP][0] == found.insertion[MAP][-1] == 1
    assert found.deletion[MAP][-1] == found.insertion[MAP][0] == looks_at(0, 24)(blank[None])[0, 1]


def test_an_empty_map_is_a_random_one() -> None:
    empty = np.zeros((8, 8), dtype=np.float32)
    differences = []
    for seed in range(60):
        found = curves(patched(0, 24), empty, 1, looks_at(0, 24), rng=np.random.default_rng(seed))
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
