"""No picture of a registered model's test set is collected; who used what is taken down is named with its versions."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.serving.conftest import assay as assay  # a fixture

from assay.collection.request import CollectRequest
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.housekeeping.collect import collect
from assay.housekeeping.used_pictures import test_images as images_of_test_sets
from assay.run.workspace import opened, tracking_store
from assay.store.erase import erase_subject
from finished import Finished
from labelled_world import LabelledWorld, photographs
from service_database import open_store

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


def test_runs_that_learned_from_a_picture_that_is_erased_since_are_listed_with_version_and_bundle(
    finished_run: Finished, assay: Any, tmp_path: Path
) -> None:
    run = finished_run.copied(tmp_path / "runs")
    url = f"sqlite:///{tmp_path}/service.db"
    words = ["privacy", "runs", f"store={url}", *run.store]
    with open_store(tmp_path) as opened_store:
        world = LabelledWorld(opened_store)
        world.agree()
        records = [world.answer(pixels) for pixels in photographs()[:3]]
        manifest = Manifest.load(run.folder / "manifest.parquet")
        table = manifest.table.copy()
        rows = table.index[table["split"] == "train"][:2]
        table.loc[rows, "path"] = [str(world.pictures.path(record.picture)) for record in records[:2]]
        table.loc[rows, "source"] = "reviewed/june"
        (run.folder / "manifest.parquet").unlink()
        replace(manifest, table=table).save(run.folder / "manifest.parquet")
        assert "no recorded run used" in assay(*words)[1]
        erase_subject(world.store, world.folders, world.ada, actor="test")
    store = opened(tracking_store(compose(run.store)))
    store.client.create_registered_model("cells")
    store.client.create_model_version("cells", str(run.folder), run.run_id)
    code, out, _ = assay(*words)
    assert code == 0
    assert f"run {run.run_id[:8]}" in out
    assert "2 in train, versions cells 1" in out
    (use,) = json.loads(assay(*words, "format=json")[1])["uses"]
    assert (use["run_id"], use["splits"], use["versions"]) == (run.run_id, {"train": 2}, ["cells 1"])
    code, out, err = assay("privacy", "runs", "ada", f"store={url}", *run.store)
    assert code != 0
    assert "runs: takes no subject" in out + err
