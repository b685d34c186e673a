from __future__ import annotations

import json
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


WITH_SETS = "8b3cc79ecbddbea2a4f873ae29c24338f963a64084e81426bdcd04b9f52e6a51"
ITS_TEST = "5e3ed26623b19ecb2f905a415061c53906d88c49d04ac6932668aa0be691db80"
ITS_FILE = "7a16111a7722af5343482570c929ff6c7e295e2105764290c528564717f06277"
"""Digests that this manifest had when the source of an OOD picture was the name of its set (schema 2)."""


def from_before() -> pd.DataFrame:
    """Rows as schema 2 has them: no column `ood_set`."""
    rows = manifest().table.drop(columns="ood_set").assign(source="shop")
    names = {"id": ["e" * 64, "f" * 64], "group": ["p", "q"], "source": ["photographs", "holdout_fine"]}
    return pd.concat([rows, rows.iloc[:2].assign(label=-1, split="ood", **names)], ignore_index=True)


def test_a_file_from_before_sets_had_a_column_is_read_with_its_sets_and_its_recorded_digests(tmp_path: Path) -> None:
    about = {"schema": 2, "class_names": ["genuine", "copy"], "ordered": True, "excluded": [], "digest": ITS_FILE}
    table = pa.Table.from_pandas(from_before(), preserve_index=False)
    written = table.replace_schema_metadata({**table.schema.metadata, b"assay.manifest": json.dumps(about).encode()})
    pq.write_table(written, tmp_path / "then.parquet")
    read = Manifest.load(tmp_path / "then.parquet")
    assert (read.digest, read.only("test").digest) == (WITH_SETS, ITS_TEST)
    assert {name: rows.ids.tolist() for name, rows in read.ood_sets().items()} == {
        "photographs": ["e" * 64],
        "holdout_fine": ["f" * 64],
    }
    assert read.only("train").table["ood_set"].tolist() == ["", ""]
    read.save(tmp_path / "now.parquet")
    again = Manifest.load(tmp_path / "now.parquet")
    pd.testing.assert_frame_equal(again.table, read.table)


def test_where_pictures_come_from_and_what_their_set_is_called_enter_no_digest() -> None:
    one = Manifest(from_before(), ("genuine", "copy"), True)
    moved = replace(one, table=one.table.assign(source="elsewhere", ood_set="all in one"))
    assert (one.digest, moved.digest) == (WITH_SETS, WITH_SETS)
    assert list(moved.ood_sets()) == ["all in one"]


def test_a_schema_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    manifest().save(tmp_path / "manifest.parquet")
    stored = pq.read_table(tmp_path / "manifest.parquet")
    later = stored.replace_schema_metadata({**stored.schema.metadata, b"assay.manifest": b'{"schema": 4}'})
    pq.write_table(later, tmp_path / "later.parquet")
    with pytest.raises(DataError, match="manifest schema 4; this version of assay reads 2 and 3"):
        Manifest.load(tmp_path / "later.parquet")
