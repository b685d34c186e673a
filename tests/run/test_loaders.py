"""Batches of a training: none of one picture, which batch normalisation cannot take."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.augment.minority import Policies
from assay.config.compose import compose
from assay.data.image import read_image
from assay.data.preprocessing import Preprocessing
from assay.data.sampler.shuffle import Shuffle
from assay.data.sources.folder import FolderSource
from assay.data.splits import assign_splits
from assay.run.loaders import LoaderSource


@pytest.mark.parametrize(
    ("images", "batch_size", "sizes"),
    [(13, 12, [12]), (13, 4, [4, 4, 4]), (14, 12, [12, 2]), (12, 12, [12]), (3, 1, [1, 1, 1]), (1, 12, [1])],
)
def test_a_last_batch_of_one_picture_is_left_out(
    photos: Path, tmp_path: Path, images: int, batch_size: int, sizes: list[int]
) -> None:
    manifest = assign_splits(FolderSource(str(photos)).build(tmp_path)).only("train")
    train = replace(manifest, table=manifest.table.iloc[:images])
    source = LoaderSource(train, train, Preprocessing(16), Policies(), batch_size, 0)
    loader, _ = source.images(compose(["trainer.workers=0"]), Shuffle(train.labels))
    assert [len(labels) for _, labels in loader] == sizes


def test_what_is_left_out_is_another_picture_in_the_next_epoch() -> None:
    last = {int(Shuffle(np.zeros(13, np.int64)).order(epoch)[-1]) for epoch in range(20)}
    assert len(last) > 5


@pytest.mark.parametrize("words", [[], ["trainer.preresize=20"]], ids=["files", "scaled_down_once"])
def test_val_is_read_bit_by_bit_and_training_pictures_are_scaled_down_where_that_is_asked(
    photos: Path, tmp_path: Path, words: list[str]
) -> None:
    seen: set[int] = set()

    def policy(image: np.ndarray, size: int, resize: str, rng: np.random.Generator) -> np.ndarray:
        seen.add(min(image.shape[:2]))
        return np.ascontiguousarray(image[:size, :size])

    manifest = assign_splits(FolderSource(str(photos)).build(tmp_path)).only("train")
    part = replace(manifest, table=manifest.table.iloc[:6])
    plain = Preprocessing(16)
    source = LoaderSource(part, part, plain, Policies(usual=policy), 6, 0)
    config = compose(["trainer.workers=0", f"cache={tmp_path / 'cache'}", *words])
    train, val = source.images(config, Shuffle(part.labels))
    images = [read_image(path) for path in part.table["path"]]
    for _ in range(2):
        ((batch, _),) = val
        np.testing.assert_array_equal(batch.permute(0, 2, 3, 1).numpy(), np.stack([plain(image) for image in images]))
        list(train)
    assert seen == ({20} if words else {min(image.shape[:2]) for image in images})
