"""The test images of registered versions are read from a real registry, once for all versions that share them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from assay.config.compose import compose
from assay.run.tested_sets import tested_sets as sets_of
from assay.run.workspace import opened, tracking_store
from finished import Finished

pytestmark = pytest.mark.slow


def test_versions_of_one_test_set_are_named_together(finished_run: Finished, tmp_path: Path) -> None:
    run = finished_run.copied(tmp_path / "runs")
    config = compose([*run.store, f"cache={tmp_path}/cache"])
    assert sets_of(config) == ({}, [])

    client = opened(tracking_store(config)).client
    for name in ("cells", "wafers"):
        client.create_registered_model(name)
        client.create_model_version(name, str(run.folder), run.run_id)
    (named,), notes = sets_of(config)
    assert (named, notes) == ("cells version 1, wafers version 1", [])
    manifest = pd.read_parquet(run.folder / "manifest.parquet")
    test = manifest[manifest["split"] == "test"]
    assert sorted(sets_of(config)[0][named].ids.tolist()) == sorted(test["id"])


def test_where_nothing_was_recorded_nothing_is_made(tmp_path: Path) -> None:
    config = compose([f"tracking.uri=sqlite:///{tmp_path}/none.db", f"cache={tmp_path}/cache"])
    assert sets_of(config) == ({}, [])
    assert not (tmp_path / "none.db").exists()
