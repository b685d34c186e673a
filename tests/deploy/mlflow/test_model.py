"""A bundle as an MLflow model, in a real store."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assay.commands.catalogue import find_command
from assay.deploy.bundle.bundle import Bundle
from assay.deploy.mlflow.model import INSIDE, fetch_bundle, log_bundle, place_of
from assay.errors import BundleError, TrackingError
from assay.tracking.store import TrackingStore

LOADED = """
import sys
import mlflow, pandas
model = mlflow.pyfunc.load_model("models:/tiny@champion")
table = pandas.read_parquet(sys.argv[1])
model.predict(table).to_json(sys.argv[2], orient="records", double_precision=15)
print(model.metadata.signature.inputs, model.input_example["image"].map(len).tolist())
"""


@pytest.fixture(scope="module")
def uri(store: TrackingStore, bundle: Bundle) -> str:
    return log_bundle(store, bundle)


@pytest.fixture(scope="module")
def champion(store: TrackingStore, uri: str) -> str:
    """Words for the registered version of the bundle."""
    store.client.create_registered_model("tiny")
    version = store.client.create_model_version("tiny", place_of(store, uri))
    store.client.set_registered_model_alias("tiny", "champion", version.version)
    return "tiny@champion"


def test_a_logged_bundle_is_fetched_back_as_it_was(store, bundle, uri, champion, pictures):
    for words in (uri, champion, "models:/tiny/1", place_of(store, uri)):
        fetched = fetch_bundle(store, words, cache_dir=bundle.cache_dir)
        assert fetched.digest == bundle.digest
    ours, theirs = bundle.predict(pictures), fetched.predict(pictures)
    np.testing.assert_array_equal([a.probabilities for a in ours], [a.probabilities for a in theirs])


def test_a_bundle_is_logged_once_and_known_to_its_run(store, bundle, uri):
    assert log_bundle(store, bundle) == uri
    outputs = store.client.get_run(bundle.about.run_id).outputs.model_outputs
    assert [f"models:/{output.model_id}" for output in outputs] == [uri]


def test_what_is_logged_holds_no_pickle_and_no_path_of_this_machine(store, bundle, uri):
    folder = Path(place_of(store, uri))
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert not [name for name in names if name.endswith((".pkl", ".pt", ".pth", ".pickle"))]
    known = (str(folder), str(Path(store.artifacts)))
    for name in ("MLmodel", "pyfunc_code.py", "requirements.txt", "constraints.txt", "conda.yaml"):
        text = (folder / name).read_text()
        for place in known:
            text = text.replace(place, "")
        assert not [part for part in ("/tmp", str(Path.home()), str(Path(__file__).parents[2])) if part in text]
    assert "assay==" in (folder / "requirements.txt").read_text()
    assert "numpy==" in (folder / "constraints.txt").read_text()


def test_logging_and_fetching_leave_mlflow_as_it_was(store, tiny_bundle, scratch):
    import mlflow

    before = mlflow.is_tracking_uri_set(), os.environ.get("MLFLOW_TRACKING_URI"), mlflow.get_registry_uri()
    with store.start_run("other") as run:
        pass
    made = log_bundle(store, tiny_bundle(run.run_id, seed=1))
    fetch_bundle(store, made, cache_dir=scratch.parent)
    assert before == (
        mlflow.is_tracking_uri_set(),
        os.environ.get("MLFLOW_TRACKING_URI"),
        mlflow.get_registry_uri(),
    )
    assert list(scratch.iterdir()) == []


def test_a_logged_bundle_that_was_changed_is_refused(store, tiny_bundle, tmp_path):
    from mlflow.pyfunc import load_model

    with store.start_run("changed") as run:
        pass
    bundle = tiny_bundle(run.run_id, seed=2)
    made = log_bundle(store, bundle)
    inside = Path(place_of(store, made)) / INSIDE
    weights = inside / "predictor" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(BundleError, match=r"predictor/model\.safetensors is not what was exported"):
        fetch_bundle(store, made, cache_dir=tmp_path)

    shutil.rmtree(inside)
    shutil.copytree(tiny_bundle(run.run_id, seed=3).folder, inside)
    with pytest.raises(BundleError, match="holds another bundle than was logged"):
        fetch_bundle(store, made, cache_dir=tmp_path)
    with pytest.raises(BundleError, match=r"bundle\.json is not what was logged"):
        load_model(place_of(store, made))

    assert log_bundle(store, bundle) != made


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ("models:/m-" + "0" * 32, TrackingError, "not found"),
        ("tiny@nobody", TrackingError, "no alias nobody"),
        ("../somewhere", BundleError, "no logged model"),
    ],
)
def test_words_that_name_no_model_are_refused(store, champion, words, error, said, tmp_path):
    with pytest.raises(error, match=said):
        fetch_bundle(store, words, cache_dir=tmp_path)


def test_a_model_without_a_bundle_is_refused(store, tmp_path):
    made = store.client.create_logged_model(store.experiment_id, name="bare")
    with pytest.raises(BundleError, match="a run is logged with one by assay promote run=…") as refused:
        fetch_bundle(store, f"models:/{made.model_id}", cache_dir=tmp_path)
    command, word = str(refused.value).partition("by assay ")[2].split()
    assert find_command(command).parse([word.replace("…", "ID"), "gate=default"])[0].run == "ID"


def test_a_run_that_is_not_in_the_store_is_said(store, tiny_bundle):
    with pytest.raises(TrackingError, match="not found"):
        log_bundle(store, tiny_bundle("f" * 32))


@pytest.mark.slow
def test_the_champion_loads_without_pickles_and_answers_as_the_bundle(store, bundle, champion, pictures, tmp_path):
    import pandas as pd

    pd.DataFrame({"image": [pictures[0], b"no picture", *pictures[1:]]}).to_parquet(tmp_path / "in.parquet")
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(tmp_path / "in.parquet"), str(tmp_path / "out.json")],
        env={**os.environ, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_TRACKING_URI": store.uri},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "binary" in done.stdout
    rows = json.loads((tmp_path / "out.json").read_text())
    bad = rows.pop(1)
    assert (bad["label"], bad["confidence"], bad["probability_c d"], bad["rejected"]) == (None, None, None, True)
    assert bad["domain"] == "unreadable"
    assert bad["error"].startswith("picture 2: ")
    for row, answer in zip(rows, bundle.predict(pictures), strict=True):
        assert (row["label"], row["rejected"], row["domain"]) == (answer.label, answer.rejected, answer.domain)
        said = [row[f"probability_{name}"] for name in bundle.about.class_names]
        np.testing.assert_allclose(said, answer.probabilities, rtol=1e-6)
        assert row["error"] == ""


def test_a_model_that_was_carried_elsewhere_makes_no_store_where_it_is_loaded(store, uri, tmp_path):
    model, work = tmp_path / "model", tmp_path / "work"
    shutil.copytree(place_of(store, uri), model)
    # As MLflow leaves it in what it fetches by the name of a registered model.
    (model / "registered_model_meta").write_text("model_name: tiny\nmodel_version: 1\n", encoding="utf-8")
    work.mkdir()
    without = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    load = "import sys, mlflow; mlflow.pyfunc.load_model(sys.argv[1])"
    subprocess.run([sys.executable, "-c", load, str(model)], cwd=work, env=without, check=True)
    assert list(work.iterdir()) == []
