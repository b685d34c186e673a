"""No picture of a registered model's test set is collected; who used what is taken down is named with its versions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from assay.collection.request import CollectRequest
from assay.config.compose import compose
from assay.housekeeping.collect import collect
from assay.housekeeping.used_pictures import test_images as images_of_test_sets
from assay.run.workspace import opened, tracking_store
from finished import Finished

pytestmark = pytest.mark.slow


def test_test_images_stay_out_and_a_takedown_names_the_version(finished_run: Finished, tmp_path: Path) -> None:
    run = finished_run.copied(tmp_path / "runs")
    words = [*run.store, f"cache={tmp_path}/cache"]
    store = opened(tracking_store(compose(words)))
    manifest = pd.read_parquet(run.folder / "manifest.parquet")
    assert images_of_test_sets(store) == []
    store.client.create_registered_model("cells")
    store.client.create_model_version("cells", str(run.folder), run.run_id)

    known = {image.sha256: (image.phash, image.of) for image in images_of_test_sets(store)}
    test = manifest[manifest["split"] == "test"]
    assert known == {row.id: (row.phash, "cells 1") for row in test.itertuples()}

    export = tmp_path / "export"
    export.mkdir()
    for split in ("train", "test"):
        for path in manifest["path"][manifest["split"] == split].iloc[:3]:
            shutil.copy(path, export / f"{split}-{Path(path).parent.name}-{Path(path).name}")
    asked = {"source": "folder", "kind": "real", "export": str(export), "label": "more", "min_side": 8, "author": "Ada"}
    asked = {**asked, "license": "CC-BY-4.0", "evidence": "drawn by myself", "to": str(tmp_path / "stones")}
    result = collect(CollectRequest(**asked), compose(words))  # type: ignore[arg-type]
    assert result.summary is not None
    assert {(each.outcome, each.reason, each.count) for each in result.summary.outcomes} == {
        ("kept", "", 3),
        ("duplicate", "is in the test set of cells 1", 3),
    }
    assert set(pd.read_parquet(tmp_path / "stones" / "metadata.parquet")["title"].str[:5]) == {"train"}

    taken = CollectRequest(deed="takedown", author="ada", to=str(tmp_path / "stones"))
    (use,) = collect(taken, compose(words)).uses
    assert (use.run_id, use.pictures, use.splits, use.versions) == (run.run_id, 3, {"train": 3}, ("cells 1",))
