"""The training image beside an alert's picture: the nearest by embedding, of those that are there and may be shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from assay.commands.watch import COMMAND as WATCH
from assay.deploy.bundle.bundle import Bundle
from assay.registry.open_registry import store_of
from assay.run.recorded_run import RecordedRun
from assay.run.workspace import cache_folder
from assay.serving.watch.nearest import NearestTraining, TrainingImages


@pytest.fixture
def images(tmp_path):
    rng = np.random.default_rng(5)
    components = rng.normal(size=(40, 6)) * np.array([1, 2, 5, 10, 0.1, 3])
    paths = []
    for number in range(40):
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(b"x")
    scale = (1 / components.std(axis=0)).astype(np.float32)
    return TrainingImages(tuple(paths), (components * scale).astype(np.float32), scale), components


def test_it_is_the_nearest_where_each_component_counts_alike(images):
    found, components = images
    tree = cKDTree(components / components.std(axis=0))
    for row in range(20):
        picture = components[row] + np.random.default_rng(row).normal(size=6) * components.std(axis=0) / 3
        _, nearest = tree.query(picture / components.std(axis=0))
        assert found.nearest(picture.astype(np.float16)) == found.paths[nearest]


def test_a_file_that_is_gone_gives_its_place_to_the_next(images):
    found, components = images
    found.paths[3].unlink()
    other = found.nearest(components[3].astype(np.float16))
    assert other is not None
    assert other != found.paths[3]


@pytest.mark.parametrize("components", [np.zeros(0, np.float16), np.full(6, np.nan, np.float16), np.zeros(7)])
def test_an_answer_without_components_has_none(images, components):
    assert images[0].nearest(components) is None


def test_a_training_image_is_its_own_nearest_by_the_record_of_the_run(exported_run):
    (_, config) = WATCH.parse(["profile", *exported_run.store])
    bundle = Bundle.open(exported_run.folder / "bundle", cache_dir=cache_folder(config))
    run = RecordedRun(store_of(config).find(exported_run.run_id))
    predictions, table = run.predictions("train"), run.manifest.only("train").table
    assert bundle.profile is not None
    components = bundle.profile.projection.components(predictions.embeddings)
    paths = dict(zip(table["id"].astype(str), table["path"].astype(str), strict=True))
    nearest = NearestTraining(config)
    for row in range(0, len(components), 7):
        found = nearest(bundle, components[row])
        alike = np.flatnonzero(np.abs(components.astype(float) - components[row]).max(axis=1) < 1e-3)
        assert str(found) in {paths[str(predictions.ids[each])] for each in alike}
