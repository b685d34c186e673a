"""Pictures that only look alike: a class of nothing else is refused, and what the message says to type is taken."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.config.compose import compose
from assay.errors import DataError
from assay.run.training_images import load_manifest


@pytest.fixture
def stripes(tmp_path: Path) -> Path:
    """Two classes: noise, and twelve pictures of the same stripes before backgrounds of other colours."""
    rng = np.random.default_rng(0)
    for index in range(12):
        noise = rng.integers(0, 256, (40, 40, 3))
        striped = np.broadcast_to(rng.integers(40, 110, 3), (40, 40, 3)) + rng.normal(0, 12, (40, 40, 3))
        striped[np.arange(40) // 4 % 2 == 0] = (60, 230, 60)
        for name, pixels in (("noise", noise), ("striped", striped)):
            (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / "photos" / name / f"{index}.png")
    return tmp_path / "photos"


def test_a_class_of_pictures_that_look_alike_is_refused_and_the_way_out_is_taken(stripes: Path, tmp_path: Path) -> None:
    words = ["data=folder", f"data.root={stripes}", f"cache={tmp_path}/cache"]
    with pytest.raises(DataError, match="class striped has 12 images, all copies of one picture") as refused:
        load_manifest(compose(words))
    typed = re.findall(r"type (data\.\S+),", str(refused.value))
    assert set(load_manifest(compose([*words, *typed])).table["split"]) == {"train", "val", "calib", "test"}
