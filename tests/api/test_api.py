"""The public interface, with real runs in a store of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import assay
from assay.errors import ConfigError, DataError, TrackingError
from finished import with_graphs

TINY = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=32", "model=baseline_cnn"]
TINY += ["evaluation.figures=false", "finetune.epochs=4"]


@dataclass(frozen=True)
class World:
    """Two trained runs and where they are recorded."""

    where: list[str]
    first: assay.Run
    second: assay.Run
    photo: Path


@pytest.fixture(scope="module")
def world(photos: Path, tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Iterator[World]:
    root, before = store_in(tmp_path_factory.mktemp("api")), Path.cwd()
    cache = with_graphs(root / "cache")
    where = [f"tracking.uri=sqlite:///{root}/mlflow.db", f"tracking.work={root}/work", f"cache={cache}"]
    os.chdir(root)
    try:
        first, second = (
            assay.train([*TINY, *where, f"data.root={photos}", f"seed={seed}", f"name=seed {seed}"]) for seed in (0, 1)
        )
        yield World(where, first, second, photos / "jade" / "00.png")
    finally:
        os.chdir(before)


def test_importing_it_imports_nothing_heavy_and_names_nothing_else() -> None:
    program = "import assay, sys; print([m for m in ('torch', 'mlflow', 'numpy', 'hydra') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(assay.__all__) == {"Compared", "Model", "Run", "compare", "compose", "load", "runs", "train"}
    for name in assay.__all__:
        assert getattr(assay, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        assay.trian  # noqa: B018


def test_a_wrong_word_is_refused_with_the_nearest_right_one() -> None:
    with pytest.raises(ConfigError, match="did you mean efficientnet_b0"):
        assay.compose(["model=efficientnet_bo"])


def test_a_run_holds_what_was_measured_and_how_it_was_trained(world: World) -> None:
    run = world.first
    assert run.status == "FINISHED"
    assert run.metrics["test/macro_f1"] == run.evidence.metrics["macro_f1"].value
    assert run.config.finetune.epochs == 4
    assert run.params["overrides"].startswith("debug=tiny trainer.accelerator=cpu")
    assert len(run.predictions("test")) == run.evidence.n == len(run.manifest.only("test"))
    assert "<svg" in run.figures()["confusion"]._repr_html_()


def test_a_run_is_loaded_by_the_beginning_of_its_id_and_answers_as_it_did(world: World) -> None:
    run = assay.load(world.first.id[:8], world.where)
    test = run.manifest.only("test")
    answers = run.predict(test.paths)
    expected = run._predictor.probabilities(run.predictions("test"))
    np.testing.assert_allclose([answer.probabilities for answer in answers], expected, atol=1e-4)
    (answer,) = run.predict([world.photo])
    assert answer.label in ("amber", "jade", "onyx")


def test_runs_are_listed_the_newest_first_with_their_metrics(world: World) -> None:
    table = assay.runs(world.where, metric="test/macro_f1")
    assert list(table["run"]) == [world.second.id, world.first.id]
    assert list(table["seed"]) == ["1", "0"]
    assert table["test/macro_f1"].iloc[1] == world.first.metrics["test/macro_f1"]
    assert assay.runs(world.where, metric="no/such").empty


def test_runs_are_compared_like_by_the_command(world: World) -> None:
    compared = assay.compare(
        world.first, world.second.id[:8], overrides=world.where, metrics=["accuracy"], resamples=100
    )
    accuracies = [run.evidence.metrics["accuracy"].value for run in (world.first, world.second)]
    row = compared.table[(compared.table["metric"] == "accuracy") & (compared.table["class"] == "")].iloc[0]
    assert row["difference"] == pytest.approx(accuracies[1] - accuracies[0])
    assert (compared.folder / "comparison.json").is_file()
    assert "<svg" in compared.figures()["answers"]._repr_html_()


@pytest.mark.slow
def test_a_bundle_is_loaded_from_its_folder_and_from_the_registry(world: World, tmp_path: Path) -> None:
    from assay.commands.export import COMMAND as EXPORT
    from assay.deploy.export.export import export
    from assay.deploy.mlflow.model import log_bundle
    from assay.run.workspace import open_store

    folder = tmp_path / "bundle"
    exported = export(*EXPORT.parse([f"run={world.first.id}", "formats=[onnx]", f"output={folder}", *world.where]))
    model = assay.load(folder, world.where)
    assert (model.run_id, model.class_names) == (world.first.id, ("amber", "jade", "onyx"))
    expected = world.first.predict([world.photo])[0].probabilities
    np.testing.assert_array_equal(model.predict([world.photo])[0].probabilities, expected)
    store = open_store(assay.compose(world.where))
    store.client.create_registered_model("grades")
    source = log_bundle(store, exported.bundle)
    version = store.client.create_model_version("grades", source, world.first.id, model_id=source.split("/")[-1])
    store.client.set_registered_model_alias("grades", "champion", version.version)
    champion = assay.load("models:/grades@champion", world.where)
    assert champion.digest == model.digest
    assert champion.evidence.metrics["macro_f1"].value == world.first.metrics["test/macro_f1"]


def test_what_cannot_be_loaded_is_said(world: World, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is no bundle, because it holds no bundle.json"):
        assay.load(tmp_path, world.where)
    with pytest.raises(TrackingError, match=r"no such run.*load takes the folder of a bundle, NAME@ALIAS, or the id"):
        assay.load("ffff0000", world.where)
    with pytest.raises(TrackingError, match="no registered model nobody"):
        assay.load("nobody@champion", world.where)
    with pytest.raises(DataError):
        world.first.predict([b"no picture"])
