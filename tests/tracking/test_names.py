"""What experiment and registered model are called where nobody names them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.commands.catalogue import find_command
from assay.config.compose import compose
from assay.errors import TrackingError
from assay.registry.aliases import ensure_registered
from assay.registry.open_registry import registry_of
from assay.registry.registry import Registry
from assay.run.workspace import open_store, recording_store
from assay.tracking.names import dataset_name, dataset_of_run
from assay.tracking.registered import run_of_model

FOLDER = "assay.data.sources.folder.FolderSource"


@pytest.fixture
def where(store_in: Callable[[Path], Path], tmp_path: Path) -> list[str]:
    """Where the store is, as it is typed."""
    root = store_in(tmp_path / "store")
    return [f"tracking.uri=sqlite:///{root}/mlflow.db", f"tracking.artifacts={root}/artifacts"]


def recorded(where: list[str], *words: str) -> tuple[str, str]:
    """Id of a run that was trained with these words, and the experiment that it went into."""
    config = compose([*where, *words])
    store = recording_store(config)
    with store.start_run("r", params={"data": {"_target_": config.data["_target_"], "root": config.data.root}}) as run:
        pass
    return run.run_id, run.experiment


def photos_of(name: str) -> list[str]:
    return ["data=folder", f"data.root=/srv/{name}"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"_target_": FOLDER, "root": "/srv/cells"}, "cells"),
        ({"_target_": FOLDER, "root": "/srv/cells/"}, "cells"),
        ({"_target_": FOLDER, "root": "/srv/cells/../wafers"}, "wafers"),
        ({"_target_": FOLDER, "root": "/srv/a:b/c@d=e#f"}, "c_d_e_f"),
        ({"_target_": FOLDER, "root": "/srv/naïve 2 ไทย"}, "naïve 2 ไทย"),
        ({"_target_": FOLDER, "root": "/srv/nai\u0308ve"}, "na\u00efve"),
        ({"_target_": FOLDER, "root": "/srv/2024"}, "2024"),
        ({"_target_": FOLDER, "root": "/srv/" + "x" * 300}, "x" * 120),
        ({"_target_": FOLDER, "root": "/srv/Default"}, "Default images"),
        ({"_target_": FOLDER, "root": "/srv/@@"}, "folder"),
        ({"_target_": FOLDER, "root": "/"}, "folder"),
        ({"_target_": "a.TableSource", "path": "/srv/cells.csv", "root": "/srv/pictures"}, "cells"),
        ({"_target_": "a.TableSource", "path": "/srv/cells/metadata.csv", "root": None}, "cells"),
        ({"_target_": "a.TorchvisionSource", "name": "FashionMNIST", "root": "/srv/data"}, "FashionMNIST"),
        ({"_target_": "assay.data.sources.elpv.ElpvSource", "task": "binary"}, "elpv"),
    ],
)
def test_a_dataset_is_called_like_its_folder_its_table_or_its_source(data: dict[str, str], name: str) -> None:
    assert dataset_name(data) == name


def test_every_name_of_a_dataset_is_that_of_an_experiment_and_of_a_model(where: list[str]) -> None:
    for folder in ("c@d=e#f", "naïve ไทย", "it's", '"', "...", "a" * 250, "null", " ~ "):
        name = dataset_name({"_target_": FOLDER, "root": f"/srv/{folder}"})
        store = open_store(compose(where)).of_dataset(name)
        assert store.experiment_name == name
        ensure_registered(store, Registry(store, name).name)


def test_two_datasets_in_one_store_share_neither_experiment_nor_model(where: list[str]) -> None:
    runs = {name: recorded(where, *photos_of(name)) for name in ("cats", "dogs")}
    assert {name: experiment for name, (_, experiment) in runs.items()} == {"cats": "cats", "dogs": "dogs"}
    config = compose(where)
    store = open_store(config)
    found = {name: store.find(run_id[:8]) for name, (run_id, _) in runs.items()}  # a command that knows no dataset
    models = {name: registry_of(config, store, dataset=dataset_of_run(run.params)).name for name, run in found.items()}
    assert models == {"cats": "cats", "dogs": "dogs"}
    assert {record.run_id for record in store.runs()} == {run_id for run_id, _ in runs.values()}


def test_what_was_typed_names_both(where: list[str]) -> None:
    run_id, experiment = recorded(where, *photos_of("cats"), "tracking.experiment=night shift")
    assert experiment == "night shift"
    config = compose([*where, "tracking.experiment=night shift"])
    store = open_store(config)
    assert registry_of(config, store, dataset="cats").name == "night shift"
    assert store.find(run_id[:8]).run_id == run_id
    config = compose([*where, "tracking.experiment=night shift", "registry.name=cells"])
    assert registry_of(config, store, dataset="cats").name == "cells"


def test_a_store_of_an_older_version_goes_on_and_says_so(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    client = open_store(compose(where)).client
    before = client.create_run(client.create_experiment("assay")).info.run_id
    client.create_registered_model("assay")
    client.create_model_version("assay", "/srv/model", run_id=before)
    client.set_registered_model_alias("assay", "champion", "1")
    assert recorded(where, *photos_of("cats"))[1] == "assay"
    said = capsys.readouterr().err
    assert said.startswith("experiment assay goes on, as an older version called it whatever the data;")
    assert "tracking.experiment=cats is for another one" in said
    config = compose(where)
    store = open_store(config)
    assert registry_of(config, store, dataset="cats").name == "assay"
    assert "model assay goes on" in capsys.readouterr().err
    assert registry_of(config, store).name == "assay"
    assert run_of_model(store, "assay@champion") == run_of_model(store, "@champion") == before
    assert store.find(before[:8]).run_id == before
    typed = said.partition("; ")[2].partition(" is for")[0]
    assert recorded(where, *photos_of("cats"), typed)[1] == "cats"


def test_a_folder_called_like_the_models_of_before_is_none_of_them(
    where: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded(where, *photos_of("assay"))[1] == "assay"
    store = open_store(compose(where))
    ensure_registered(store, "assay")
    assert recorded(where, *photos_of("cats"))[1] == "cats"
    assert registry_of(compose(where), store, dataset="cats").name == "cats"
    assert capsys.readouterr().err == ""


def test_the_only_model_needs_no_name_and_of_several_one_is_asked_for(where: list[str]) -> None:
    config = compose(where)
    store = open_store(config)
    with pytest.raises(TrackingError, match="no model is registered yet; assay promote run=… gate=… begins"):
        registry_of(config, store)
    assert find_command("promote").parse(["run=3f2a", "gate=default"])[0].run == "3f2a"
    ensure_registered(store, "cats")
    run_id, _ = recorded(where, *photos_of("cats"))
    store.client.create_model_version("cats", "/srv/model", run_id=run_id)
    store.client.set_registered_model_alias("cats", "champion", "1")
    assert registry_of(config, store).name == "cats"
    assert run_of_model(store, "@champion") == run_of_model(store, "models:/@champion") == run_id
    ensure_registered(store, "it's 2")
    with pytest.raises(TrackingError) as several:
        registry_of(config, store)
    assert str(several.value).endswith("""one has to be named: name=cats, 'name="it'"'"'s 2"'""")
    with pytest.raises(TrackingError, match=r"one has to be named: cats@champion, "):
        run_of_model(store, "@champion")


def test_jobs_of_other_datasets_count_for_their_parent(where: list[str]) -> None:
    store = recording_store(compose([*where, *photos_of("cats")]))
    parent = store.start_parent("multirun", "key")
    other = recording_store(compose([*where, *photos_of("dogs")]))
    with store.start_run("a", parent=parent), other.start_run("b", parent=parent):
        pass
    assert store.finish_parent(parent) == "FINISHED"
    assert store.client.get_run(parent).data.tags["assay.children"] == "2 FINISHED"
