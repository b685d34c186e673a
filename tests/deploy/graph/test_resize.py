from __future__ import annotations

import numpy as np
import pytest
import torch

from assay.data.preprocessing import Preprocessing
from assay.deploy.graph.resize import Resize

SIZES = [(50, 70), (200, 90), (31, 33), (64, 64), (32, 32), (20, 30), (1, 1), (3, 400), (100, 20), (33, 31), (95, 96)]


@pytest.mark.parametrize("resize", ["squash", "crop", "letterbox"])
def test_pictures_of_any_size_are_at_most_one_grey_level_from_what_opencv_makes_of_them(resize):
    preprocessing = Preprocessing(32, resize)
    graph = Resize(preprocessing)
    rng = np.random.default_rng(0)
    off = []
    for height, width in SIZES:
        picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        expected = preprocessing(picture).transpose(2, 0, 1).astype(float)
        found = graph(torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()))[0].numpy()
        assert np.abs(found - expected).max() <= 1, (height, width)
        off.append((found != expected).mean())
    assert np.median(off) < 0.02


def test_a_picture_of_the_right_size_is_left_as_it_is():
    picture = np.random.default_rng(1).integers(0, 256, (1, 3, 40, 40), dtype=np.uint8)
    assert (Resize(Preprocessing(40))(torch.from_numpy(picture)).numpy() == picture).all()
