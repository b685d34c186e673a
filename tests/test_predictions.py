from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from assay.errors import DataError
from assay.predictions import Predictions, joined


def predictions(**changed: Any) -> Predictions:
    values: dict[str, Any] = {
        "ids": np.array(["a", "b", "ค"]),
        "groups": np.array(["g", "g", "h"]),
        "split": "test",
        "labels": np.array([0, 1, 1]),
        "class_names": ("real", "<b>généré</b>"),
        "logits": np.array([[1.5, -2], [0.25, np.inf], [-3e38, 7]], dtype=np.float32),
        "ordered": True,
        "embeddings": np.arange(12, dtype=np.float32).reshape(3, 4),
    }
    return Predictions(**{**values, **changed})


@pytest.mark.parametrize("embeddings", [None, np.ones((3, 5), dtype=np.float32)])
def test_what_is_saved_is_read_back(tmp_path: Path, embeddings: np.ndarray | None) -> None:
    saved = predictions(embeddings=embeddings)
    saved.save(tmp_path / "test.parquet")
    read = Predictions.load(tmp_path / "test.parquet")
    for name in ("ids", "groups", "labels", "logits"):
        np.testing.assert_array_equal(getattr(read, name), getattr(saved, name))
    assert (read.split, read.class_names, read.ordered) == (saved.split, saved.class_names, saved.ordered)
    if embeddings is None:
        assert read.embeddings is None
    else:
        np.testing.assert_array_equal(read.embeddings, embeddings)


def test_statistics_of_the_pictures_travel_with_their_names(tmp_path: Path) -> None:
    statistics = np.array([[300, 0.5], [300, 0.25], [280, 1]], dtype=np.float32)
    predictions(statistics=statistics, statistics_names=("width", "entropy")).save(tmp_path / "test.parquet")
    read = Predictions.load(tmp_path / "test.parquet")
    assert read.statistics_names == ("width", "entropy")
    np.testing.assert_array_equal(read.statistics, statistics)


@pytest.mark.parametrize("calibrated", [False, True])
def test_the_file_says_whether_the_logits_are_calibrated(tmp_path: Path, calibrated: bool) -> None:
    predictions(calibrated=calibrated).save(tmp_path / "test.parquet")
    assert Predictions.load(tmp_path / "test.parquet").calibrated is calibrated


def test_a_file_from_before_there_was_such_a_field_holds_logits_before_calibration(tmp_path: Path) -> None:
    predictions(calibrated=True).save(tmp_path / "now.parquet")
    table = pq.read_table(tmp_path / "now.parquet")
    about = json.loads(table.schema.metadata[b"assay.predictions"])
    del about["calibrated"]
    pq.write_table(table.replace_schema_metadata({"assay.predictions": json.dumps(about)}), tmp_path / "then.parquet")
    assert not Predictions.load(tmp_path / "then.parquet").calibrated


def test_predictions_before_and_after_calibration_are_not_joined() -> None:
    assert len(joined([predictions(), predictions()])) == 6
    with pytest.raises(DataError, match="cannot be joined"):
        joined([predictions(), predictions(calibrated=True)])


@pytest.mark.parametrize("chosen", [np.array([2, 0]), np.array([True, False, True])])
def test_some_rows_are_those_images_with_all_that_belongs_to_them(chosen: np.ndarray) -> None:
    whole = predictions(statistics=np.arange(3.0, dtype=np.float32)[:, None], statistics_names=("width",))
    some = whole.rows(chosen)
    for name in ("ids", "groups", "labels", "logits", "embeddings", "statistics"):
        np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[chosen])
    assert (some.split, some.class_names, some.ordered) == (whole.split, whole.class_names, whole.ordered)


def test_what_is_of_no_class_is_for_the_split_ood_and_what_nobody_knows_for_unlabelled() -> None:
    unknown = np.array([-1, -1, 1])
    assert predictions(labels=unknown, split="ood").labels[0] == -1
    assert len(predictions(labels=np.full(3, -1), split="unlabelled")) == 3
    with pytest.raises(DataError, match="labels run from -1"):
        predictions(labels=unknown)
    with pytest.raises(DataError, match="1 of 3 images of the split unlabelled have a label"):
        predictions(labels=unknown, split="unlabelled")


def test_any_reader_of_parquet_can_open_the_file(tmp_path: Path) -> None:
    predictions().save(tmp_path / "test.parquet")
    table = pd.read_parquet(tmp_path / "test.parquet")
    assert list(table.columns) == ["id", "group", "label", "logits", "embedding"]
    assert list(table["logits"][0]) == [1.5, -2.0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"logits": np.zeros((3, 5), dtype=np.float32)}, r"shape \(3, 5\); 3 images and 2 classes"),
        ({"labels": np.array([0, 2, 1])}, "labels run from 0 to 2; there are 2 classes"),
        ({"labels": np.array([0, 1])}, "3 images, but 2 labels"),
        ({"logits": np.full((3, 2), np.nan, dtype=np.float32)}, "3 of 3 images have logits that are NaN"),
        ({"embeddings": np.zeros((2, 4), dtype=np.float32)}, "3 images, but 2 embeddings"),
        ({"statistics": np.zeros((3, 2), dtype=np.float32), "statistics_names": ("width",)}, r"shape \(3, 2\)"),
    ],
)
def test_predictions_that_contradict_themselves_are_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        predictions(**changed)


def test_another_file_is_not_taken_for_predictions(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("not parquet")
    pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(DataError, match="cannot be read as predictions"):
        Predictions.load(tmp_path / "text.parquet")
    with pytest.raises(DataError, match="predictions schema none"):
        Predictions.load(tmp_path / "other.parquet")
    with pytest.raises(DataError, match="cannot be read"):
        Predictions.load(tmp_path / "missing.parquet")
