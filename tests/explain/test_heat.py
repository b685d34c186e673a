from __future__ import annotations

import cv2
import numpy as np
import pytest

from assay.data.preprocessing import Preprocessing
from assay.explain.heat import HeatScale, enlarged
from assay.explain.overlay import colour_scale, overlay, view_of


def peaked(height: float, cells: int = 7) -> np.ndarray:
    entry = np.zeros((cells, cells), dtype=np.float32)
    entry[2, 3] = height
    return entry


def test_all_maps_share_the_scale_of_the_reference_and_one_outlier_does_not_set_it() -> None:
    maps = np.stack([peaked(1.0)] * 39 + [peaked(50.0)])
    scale = HeatScale.of(maps, size=56)
    assert scale.full < 1.1
    half = scale.heat(enlarged(peaked(0.5), 56))
    assert half.max() == pytest.approx(0.5, abs=0.1)
    assert scale.heat(enlarged(peaked(50.0), 56)).max() == 1


def test_a_map_under_the_floor_is_empty_and_not_stretched() -> None:
    scale = HeatScale.of(np.stack([peaked(1.0)] * 10), size=56)
    noise = np.random.default_rng(0).random((7, 7), dtype=np.float32) * 0.05
    smooth = enlarged(noise, 56)
    assert not scale.has_signal(smooth)
    assert not scale.heat(smooth).any()


def test_without_any_signal_in_the_reference_every_map_is_empty() -> None:
    scale = HeatScale.of(np.zeros((5, 7, 7), dtype=np.float32), size=56)
    assert not scale.has_signal(enlarged(peaked(1.0), 56))
    assert not scale.heat(enlarged(peaked(1.0), 56)).any()


def test_a_picture_under_an_empty_map_is_grey_and_unchanged() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    shown = overlay(picture, np.zeros((32, 32), dtype=np.float32))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    assert np.array_equal(shown, np.repeat(grey[..., None], 3, axis=2))


def test_colour_appears_where_the_heat_is_and_nowhere_else() -> None:
    picture = np.full((64, 64, 3), 128, dtype=np.uint8)
    heat = np.zeros((64, 64), dtype=np.float32)
    heat[8:24, 40:56] = 1
    shown = overlay(picture, heat).astype(int)
    coloured = np.ptp(shown, axis=2) > 20
    assert coloured[12:20, 44:52].all()
    assert not coloured[30:].any()
    assert not coloured[:, :36].any()


def test_the_colours_get_lighter_with_the_heat_also_for_colour_blind_eyes_and_grey_printers() -> None:
    """Relative luminance by the sRGB definition; and under dichromacy by the matrices of Viénot et al. (1999)."""
    linear = (colour_scale() / 255.0) ** 2.2
    protan = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    deutan = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    for vision in (np.eye(3), protan, deutan):
        luminance = (linear @ vision.T) @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(luminance[::8]) > 0).all()
        assert luminance[-1] > 4 * luminance[64]


def test_a_squashed_picture_is_shown_in_its_own_proportions_and_others_as_the_network_sees_them() -> None:
    image = np.zeros((100, 300, 3), dtype=np.uint8)
    image[:, :100] = 255
    assert view_of(image, Preprocessing(64, "squash")).shape == (100, 300, 3)
    assert view_of(image, Preprocessing(64, "crop")).shape == (300, 300, 3)
    assert not view_of(image, Preprocessing(64, "crop"))[:, 5:].any()
    assert view_of(image, Preprocessing(64, "letterbox"))[150, 20].min() == 255


def test_single_pixels_of_a_fine_map_do_not_set_the_scale() -> None:
    speck = np.zeros((224, 224), dtype=np.float32)
    speck[100, 100] = 1
    blob = np.zeros((224, 224), dtype=np.float32)
    blob[90:120, 90:120] = 0.5
    assert enlarged(speck, 224).max() < 0.2 * enlarged(blob, 224).max()
