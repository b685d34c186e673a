"""The contact sheet, through the real command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assay.augment.minority import Policies
from assay.augment.mixing.cutmix import CutMix
from assay.augment.preview import preview
from assay.augment.standard import Standard
from assay.augment.strong import Strong
from assay.cli import main
from assay.config.compose import compose
from assay.data.dataset import ImageDataset
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.pages.contact_sheet import SheetRow, Tile, write_contact_sheet
from assay.run.training_images import load_manifest

PLAIN = Preprocessing(32)


@pytest.fixture(scope="module")
def train(photos: Path) -> Manifest:
    return load_manifest(compose(["data=folder", f"data.root={photos}"])).only("train")


def dataset_view(train: Manifest, original: np.ndarray, dataset: ImageDataset, epoch: int) -> np.ndarray:
    """What training on pictures sees of the image whose plain square this is."""
    plain = ImageDataset(train, PLAIN)
    row = next(row for row in range(len(train)) if np.array_equal(plain[row][0].permute(1, 2, 0).numpy(), original))
    dataset.set_epoch(epoch)
    return dataset[row][0].permute(1, 2, 0).numpy()


def test_views_are_those_that_training_sees(train: Manifest) -> None:
    policy, special = Standard(), Strong()
    found = preview(train, [0, 2], PLAIN, Policies(policy, {2: special}), views=3, seed=4)
    assert [one.label for one in found] == [0, 2]
    assert [one.special for one in found] == [False, True]
    assert found[0].images == int((train.labels == 0).sum())
    for one, expected in zip(found, (policy, special), strict=True):
        dataset = ImageDataset(train, PLAIN, augment=expected, seed=4)
        for epoch, view in enumerate(one.views):
            assert np.array_equal(view, dataset_view(train, one.original, dataset, epoch))


def test_mixed_pictures_carry_the_labels_of_what_is_in_them(train: Manifest) -> None:
    found = preview(train, [0, 1, 2], PLAIN, Policies(), mixing=CutMix(), views=5, seed=1)
    for one in found:
        assert all(np.array_equal(view, one.original) for view in one.views)
        for mixed in one.mixed:
            assert sum(mixed.target) == pytest.approx(1)
            own = (mixed.picture == one.original).all(axis=2).mean()
            # What is its own shows at least as much of it as the label says; another of its class may add to the label.
            assert mixed.target[one.label] >= own - 0.03
    assert len({mixed.target for one in found for mixed in one.mixed}) > 3


def test_the_global_random_state_is_left_alone(train: Manifest) -> None:
    before = torch.get_rng_state()
    preview(train, [0], PLAIN, Policies(Standard()), mixing=CutMix(), views=2)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_command_writes_a_sheet_that_fits_a_screen_and_prints_its_path(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    data = ["data=folder", f"data.root={photos}", "data.image_size=32", "finetune=two_stage"]
    main(["preview", *data, "aug=[standard,robust,cutmix]"])
    assert capsys.readouterr().out.strip() == "preview-standard-robust-cutmix.png"
    sheet = Image.open(tmp_path / "preview-standard-robust-cutmix.png")
    assert sheet.width <= 1600
    assert sheet.height <= 1000
    main(["preview", *data, "--views", "2", "--classes", "onyx,amber", "--output", "two.png"])
    assert (tmp_path / "two.png").exists()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--views", "many"], "views: must be a whole number from 1 to 20, got 'many'"),
        (["--views", "0"], "views: must be a whole number from 1 to 20, got '0'"),
        (["--classes", "onix"], "classes: onix: no such class; did you mean onyx?"),
        (["aug=stronk"], "did you mean strong?"),
    ],
)
def test_a_wrong_word_is_answered(
    photos: Path, words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["preview", "data=folder", f"data.root={photos}", *words])
    assert left.value.code == 2
    assert answer in capsys.readouterr().err


def test_a_picture_stands_on_the_sheet_unchanged_and_many_rows_get_smaller(tmp_path: Path) -> None:
    colours = [(200, 10, 10), (10, 200, 10)]
    tiles = tuple(Tile(np.full((20, 20, 3), colour, dtype=np.uint8), ("words", "more")) for colour in colours)
    rows = [SheetRow((f"a class with a long name {number}", "7 images"), tiles) for number in range(12)]
    write_contact_sheet(tmp_path / "sheet.png", rows, [("left", 1), ("right", 1)], title="t" * 90, subtitle="s")
    pixels = np.asarray(Image.open(tmp_path / "sheet.png").convert("RGB"))
    sides = [(pixels == colour).all(axis=2).sum() / 12 for colour in colours]
    assert sides == [84 * 84, 84 * 84]
    assert (pixels[:, -3:] == 255).all()
