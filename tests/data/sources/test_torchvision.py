import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.image import read_image
from assay.data.sources import torchvision as module
from assay.data.sources.torchvision import TorchvisionSource
from assay.data.splits import assign_splits
from assay.errors import ConfigError, DataError


def write_idx(path: Path, values: np.ndarray) -> None:
    """The IDX format of MNIST: two zeros, type 8 for bytes, number of dimensions, sizes big-endian."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes())


def write_fashion_mnist(root: Path, train: int, test: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    raw = root / "FashionMNIST" / "raw"
    for prefix, count in (("train", train), ("t10k", test)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        write_idx(raw / f"{prefix}-images-idx3-ubyte", images)
        write_idx(raw / f"{prefix}-labels-idx1-ubyte", (np.arange(count) % 10).astype(np.uint8))
        if prefix == "train":
            first = images
    return first


def test_the_images_become_png_files_with_the_given_test_split(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK_SIZE", 30)
    images = write_fashion_mnist(tmp_path / "data", 100, 40)
    manifest = TorchvisionSource("FashionMNIST", str(tmp_path / "data")).build(tmp_path / "cache")
    assert manifest.table["split"].value_counts().to_dict() == {"": 100, "test": 40}
    assert manifest.class_names[0] == "T-shirt/top"
    assert len(manifest.class_names) == 10
    assert manifest.labels.tolist() == [index % 10 for index in range(100)] + [index % 10 for index in range(40)]
    for index in (0, 29, 30, 99):
        np.testing.assert_array_equal(read_image(manifest.paths[index])[..., 0], images[index])
    divided = assign_splits(manifest).table["split"]
    assert (divided[100:] == "test").all()
    assert set(divided[:100]) == {"train", "val", "calib"}


def test_a_second_call_writes_nothing_and_a_kill_loses_one_chunk(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK_SIZE", 10)
    write_fashion_mnist(tmp_path / "data", 40, 20)
    source = TorchvisionSource("FashionMNIST", str(tmp_path / "data"))
    written = []
    write = module._write

    def killed(dataset, index: int, folder: Path, where: str) -> int:
        if len(written) == 25:
            raise KeyboardInterrupt
        written.append(index)
        return write(dataset, index, folder, where)

    monkeypatch.setattr(module, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        source.build(tmp_path / "cache")
    again = []
    monkeypatch.setattr(module, "_write", lambda *args: again.append(args[1]) or write(*args))
    first = source.build(tmp_path / "cache")
    assert sorted(again) == sorted([*range(20, 40), *range(20)])
    again.clear()
    assert source.build(tmp_path / "cache").digest == first.digest
    assert again == []


def test_other_data_under_the_same_root_is_not_taken_for_the_old(tmp_path: Path) -> None:
    source = TorchvisionSource("FashionMNIST", str(tmp_path / "data"))
    write_fashion_mnist(tmp_path / "data", 20, 10, seed=0)
    before = source.build(tmp_path / "cache").digest
    write_fashion_mnist(tmp_path / "data", 20, 10, seed=1)
    assert source.build(tmp_path / "cache").digest != before


def test_missing_files_are_an_error_that_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"FashionMNIST cannot be read from data.root=.*\n.*data.download=true"):
        TorchvisionSource("FashionMNIST", str(tmp_path)).build(tmp_path / "cache")
    packed = tmp_path / "FashionMNIST" / "raw" / "train-images-idx3-ubyte.gz"
    packed.parent.mkdir(parents=True)
    packed.write_bytes(b"")
    with pytest.raises(DataError, match=r"FashionMNIST/raw are packed: gunzip them"):
        TorchvisionSource("FashionMNIST", str(tmp_path)).build(tmp_path / "cache")


def test_an_unknown_dataset_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data.name=FashionMINST: no such dataset; did you mean FashionMNIST\?"):
        TorchvisionSource("FashionMINST", str(tmp_path)).build(tmp_path / "cache")


def test_a_dataset_with_named_parts_keeps_val_and_test(tmp_path: Path) -> None:
    base = tmp_path / "dtd" / "dtd"
    for index in range(6):
        for label in ("banded", "woven"):
            path = base / "images" / label / f"{label}_{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.random.default_rng(index).integers(0, 256, (34, 34, 3), np.uint8)).save(path)
            if label == "woven":
                Image.fromarray(np.random.default_rng(index + 9).integers(0, 256, (34, 34, 3), np.uint8)).save(path)
    (base / "labels").mkdir()
    for number, part in enumerate(("train", "val", "test")):
        lines = [
            f"{label}/{label}_{index}.png" for index in (2 * number, 2 * number + 1) for label in ("banded", "woven")
        ]
        (base / "labels" / f"{part}1.txt").write_text("\n".join(lines) + "\n")
    manifest = TorchvisionSource("DTD", str(tmp_path)).build(tmp_path / "cache")
    assert manifest.class_names == ("banded", "woven")
    assert manifest.table["split"].value_counts().to_dict() == {"": 4, "val": 4, "test": 4}


def test_a_dataset_without_parts_or_root_is_divided_as_a_whole(tmp_path: Path) -> None:
    source = TorchvisionSource("FakeData", str(tmp_path))
    source_parts = list(source._parts())
    assert [(part, split) for part, split, _ in source_parts] == [("all", "")]


def test_a_dataset_that_yields_no_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"yields no pair of image and label, but|a class index is needed"):
        module._item([(Image.new("RGB", (2, 2)), {"boxes": []})], 0, "torchvision VOCDetection")
    with pytest.raises(DataError, match=r"yields no pair of image and label, but \(int, int\)"):
        module._item([(1, 2)], 0, "x")


def test_images_that_png_cannot_hold_become_rgb(tmp_path: Path) -> None:
    image, label = module._item([(Image.new("CMYK", (2, 2)), 1)], 0, "x")
    assert (image.mode, label) == ("RGB", 1)
