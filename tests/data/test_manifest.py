from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.data.manifest import COLUMNS, Manifest
from assay.errors import DataError


def manifest(labels: tuple[int, ...] = (0, 1, 1, 0)) -> Manifest:
    count = len(labels)
    values: dict[str, object] = {name: "" if kind == "str" else 1 for name, kind in COLUMNS.items()}
    table = pd.DataFrame([values] * count)
    table["id"] = [f"{index:064x}" for index in range(count)]
    table["path"] = [f"/พระ/{index} 🙂.png" for index in range(count)]
    table["label"] = labels
    table["split"] = (["train", "train", "test", "val"] * count)[:count]
    table["group"] = table["id"]
    excluded = pd.DataFrame({"path": ["/broken.png"], "reason": ["truncated"]})
    return Manifest(table, ("genuine", "copy"), True, excluded)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    saved = manifest()
    saved.save(tmp_path / "manifest.parquet")
    read = Manifest.load(tmp_path / "manifest.parquet")
    pd.testing.assert_frame_equal(read.table, saved.table)
    pd.testing.assert_frame_equal(read.excluded, saved.excluded, check_dtype=False)
    assert (read.class_names, read.ordered, read.digest) == (saved.class_names, saved.ordered, saved.digest)


def test_the_digest_says_what_the_dataset_says_and_not_where_it_lies() -> None:
    one = manifest()
    moved = Manifest(one.table.assign(path="/elsewhere.png").iloc[::-1], one.class_names, one.ordered)
    assert moved.digest == one.digest
    for changed in (
        Manifest(one.table.assign(label=[1, 1, 1, 0]), one.class_names, one.ordered),
        Manifest(one.table.assign(split="train"), one.class_names, one.ordered),
        Manifest(one.table.assign(group="g"), one.class_names, one.ordered),
        Manifest(one.table, ("copy", "genuine"), one.ordered),
        Manifest(one.table, one.class_names, False),
        Manifest(one.table.iloc[1:], one.class_names, one.ordered),
    ):
        assert changed.digest != one.digest


def test_rows_changed_behind_its_back_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "manifest.parquet"
    manifest().save(path)
    stored = pq.read_table(path)
    label = stored.schema.get_field_index("label")
    pq.write_table(stored.set_column(label, "label", pa.array([1, 1, 1, 1])), path)
    with pytest.raises(DataError, match="do not match the digest"):
        Manifest.load(path)


def test_one_split_can_be_taken_and_an_empty_one_is_an_error() -> None:
    assert manifest().only("train").labels.tolist() == [0, 1]
    with pytest.raises(DataError, match="split calib has no images; there are train, val, test"):
        manifest().only("calib")


def test_counts_are_by_class_and_split_in_their_order() -> None:
    counted = manifest().counts()
    assert list(counted.index) == ["genuine", "copy"]
    assert list(counted.columns) == ["train", "val", "test"]
    assert counted.loc["copy"].tolist() == [1, 0, 1]


def test_unlabelled_pictures_change_no_digest_and_belong_to_no_class(tmp_path: Path) -> None:
    one = manifest()
    asked = one.table.iloc[[0]].assign(id="f" * 64, label=-1, split="unlabelled", group="asked")
    more = replace(one, table=pd.concat([one.table, asked]))
    assert more.splits == ("train", "val", "test", "unlabelled")
    assert (more.digest, more.only("test").digest) == (one.digest, one.only("test").digest)
    assert more.labelled.ids.tolist() == one.ids.tolist()
    assert more.counts().equals(one.counts())
    more.save(tmp_path / "manifest.parquet")
    assert Manifest.load(tmp_path / "manifest.parquet").only("unlabelled").labels.tolist() == [-1]
    with pytest.raises(DataError, match="1 images of the split unlabelled have a label"):
        replace(one, table=pd.concat([one.table, asked.assign(label=1)]))
