from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assay.data.preprocessing import Preprocessing
from assay.errors import DataError
from assay.explain.gradcam import GradCam
from assay.explain.maps import ImageFile, MapMaker
from assay.explain.saliency import Saliency
from assay.models.network import Network

SQUARE = Preprocessing(32)


@pytest.fixture
def files(tmp_path: Path) -> list[ImageFile]:
    rng = np.random.default_rng(0)
    found = []
    for index in range(7):
        packed = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(packed, "PNG")
        path = tmp_path / f"{index}.png"
        path.write_bytes(packed.getvalue())
        found.append(ImageFile(hashlib.sha256(packed.getvalue()).hexdigest(), path))
    return found


TARGETS = np.array([0, 1, 2, 0, 1, 2, 0])


def test_maps_come_in_the_order_of_the_pictures_whatever_the_batches(
    network: Network, files: list[ImageFile], tmp_path: Path
) -> None:
    pixels = torch.stack([torch.from_numpy(np.array(Image.open(file.path))).permute(2, 0, 1) for file in files])
    expected = GradCam()(network, pixels, torch.from_numpy(TARGETS)).numpy()
    maps = MapMaker(network, SQUARE, GradCam(batch_size=3), cache_dir=tmp_path / "cache")(files, TARGETS)
    np.testing.assert_allclose(maps, expected, rtol=1e-4, atol=1e-6)


def test_what_was_computed_is_read_and_only_the_rest_is_computed(
    network: Network, files: list[ImageFile], tmp_path: Path
) -> None:
    first = MapMaker(network, SQUARE, GradCam(), cache_dir=tmp_path / "cache")
    before = first(files[:4], TARGETS[:4])
    second = MapMaker(network, SQUARE, GradCam(batch_size=2), cache_dir=tmp_path / "cache")
    after = second(files, TARGETS)
    assert (first.computed, second.computed) == (4, 3)
    assert np.array_equal(before, after[:4])
    second(files, TARGETS)
    assert second.computed == 3


def test_another_target_layer_method_head_or_preprocessing_is_another_map(
    network: Network, files: list[ImageFile], tmp_path: Path
) -> None:
    maker = MapMaker(network, SQUARE, GradCam(), cache_dir=tmp_path / "cache")
    maker(files, TARGETS)
    maker(files, (TARGETS + 1) % 3)
    assert maker.computed == 14
    others = [GradCam(layer="stem"), Saliency()]
    folders = {maker.folder, *(MapMaker(network, SQUARE, one, cache_dir=tmp_path / "cache").folder for one in others)}
    folders.add(MapMaker(network, Preprocessing(32, "crop"), GradCam(), cache_dir=tmp_path / "cache").folder)
    network.head.linear.bias.data += 1
    folders.add(MapMaker(network, SQUARE, GradCam(), cache_dir=tmp_path / "cache").folder)
    assert len(folders) == 5


@pytest.mark.parametrize("damage", [b"", b"no numpy file", b"\x93NUMPY\x01\x00"])
def test_a_damaged_map_is_computed_again(
    network: Network, files: list[ImageFile], tmp_path: Path, damage: bytes
) -> None:
    maker = MapMaker(network, SQUARE, GradCam(), cache_dir=tmp_path / "cache")
    before = maker(files, TARGETS)
    (maker.folder / f"{files[2].id}-2.npy").write_bytes(damage)
    np.testing.assert_allclose(maker(files, TARGETS), before, rtol=1e-4, atol=1e-6)
    assert maker.computed == 8


def test_a_picture_that_has_changed_or_is_broken_is_named(
    network: Network, files: list[ImageFile], tmp_path: Path
) -> None:
    files[1].path.write_bytes(files[0].path.read_bytes())
    with pytest.raises(DataError, match=r"1\.png: has changed"):
        MapMaker(network, SQUARE, GradCam(), cache_dir=tmp_path / "cache")(files, TARGETS)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    picture = ImageFile(hashlib.sha256(b"no picture").hexdigest(), broken)
    with pytest.raises(DataError, match=r"broken.png: not a picture"):
        MapMaker(network, SQUARE, GradCam(), cache_dir=tmp_path / "cache")([picture], TARGETS[:1])
