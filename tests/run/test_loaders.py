"""Batches of a training: none of one picture, which batch normalisation cannot take."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.augment.minority import Policies
from assay.config.compose import compose
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
