"""What is served is what was promoted: every edit by hand of what a loader reads is noticed and does not answer."""

from __future__ import annotations

import py_compile
import shutil
from collections.abc import Callable, Iterator
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest

from assay.deploy.mlflow.model import fetch_bundle
from assay.errors import AssayError, BundleError

NAME = "cell grades"
CHAMPION = f"models:/{NAME}@champion"


@pytest.fixture
def own(two: Any, tmp_path: Path) -> Iterator[Any]:
    """The world of two versions, whose model folders are the test's to spoil."""
    places = {number: place_of(two, number) for number in ("1", "2")}
    for number, place in places.items():
        shutil.copytree(place, tmp_path / "kept" / number)
    yield two
    for number, place in places.items():
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(tmp_path / "kept" / number, place)


def place_of(world: Any, number: str) -> Path:
    row = world.sql("SELECT source FROM model_versions WHERE version = ?", number)
    return Path(row[0][0].removeprefix("file://"))


def swapped(world: Any) -> None:
    here, there = place_of(world, "2"), place_of(world, "1")
    shutil.rmtree(here)
    shutil.copytree(there, here)


def swapped_with_tags(world: Any) -> None:
    swapped(world)
    model = world.sql("SELECT model_id FROM logged_models WHERE artifact_location = ?", str(place_of(world, "2")))[0][0]
    digest = world.bundles[0].digest
    world.sql("UPDATE logged_model_tags SET tag_value = ? WHERE model_id = ? AND tag_key LIKE '%digest'", digest, model)


def deleted(world: Any) -> None:
    shutil.rmtree(place_of(world, "2"))


def code(world: Any) -> None:
    with (place_of(world, "2") / "pyfunc_code.py").open("a") as file:
        file.write("\nprint('mine')\n")


def loader(world: Any) -> None:
    file = place_of(world, "2") / "MLmodel"
    file.write_text(file.read_text().replace("model_code_path: pyfunc_code.py", "model_code_path: other.py"))


def requirements(world: Any) -> None:
    """What `mlflow models serve` installs."""
    with (place_of(world, "2") / "requirements.txt").open("a") as file:
        file.write("something-else\n")


def description(world: Any) -> None:
    file = place_of(world, "2") / "MLmodel"
    file.write_text(file.read_text() + "\n")


def example_gone(world: Any) -> None:
    (place_of(world, "2") / "input_example.json").unlink()


def added(world: Any) -> None:
    (place_of(world, "2") / "sitecustomize.py").write_text("print('mine')")


def compiled(world: Any) -> None:
    """What Python would run in the place of the code, because its time and size fit."""
    place = place_of(world, "2")
    mine = place / "mine.py"
    mine.write_text("print('mine')")
    py_compile.compile(str(mine), cfile=str(place / cache_from_source("pyfunc_code.py")))
    mine.unlink()


def digest_tag(world: Any) -> None:
    model = world.sql("SELECT model_id FROM logged_models WHERE artifact_location = ?", str(place_of(world, "2")))[0][0]
    world.sql(
        "UPDATE logged_model_tags SET tag_value = 'f00' WHERE model_id = ? AND tag_key LIKE '%bundle_digest'", model
    )


def status(world: Any) -> None:
    world.sql("UPDATE model_versions SET status = 'FAILED_REGISTRATION' WHERE version = 2")


def storage(world: Any) -> None:
    world.sql("UPDATE model_versions SET storage_location = ? WHERE version = 2", str(place_of(world, "1")))


def location(world: Any) -> None:
    here, there = str(place_of(world, "2")), str(place_of(world, "1"))
    world.sql("UPDATE logged_models SET artifact_location = ? WHERE artifact_location = ?", there, here)


def model_id(world: Any) -> None:
    (one,) = world.sql("SELECT model_id FROM logged_models WHERE artifact_location = ?", str(place_of(world, "1")))
    world.sql("UPDATE model_versions SET source = ? WHERE version = 2", f"models:/{one[0]}")


def gone(world: Any) -> None:
    world.sql("DELETE FROM assay_history")
    world.sql("DELETE FROM registered_model_tags")
    world.sql("DELETE FROM registered_model_aliases")


def gone_with_tables(world: Any) -> None:
    gone(world)
    world.sql("DROP TABLE assay_history")
    world.sql("DROP TABLE assay_begun")


def state_tag(world: Any) -> None:
    world.sql("UPDATE model_version_tags SET value = 'pending' WHERE key = 'state' AND version = 2")


def applied_tag(world: Any) -> None:
    world.sql("DELETE FROM registered_model_tags WHERE key = 'assay.history.applied'")


def alias_and_tag(world: Any) -> None:
    applied_tag(world)
    world.sql("UPDATE registered_model_aliases SET version = 1 WHERE alias = 'champion'")


EDITS: dict[Callable[[Any], None], str] = {
    swapped: "version 2: what would be served is not what entry 4 promoted: .* holds bundle",
    swapped_with_tags: "version 2: what would be served is not what entry 4 promoted: .* holds bundle",
    deleted: "version 2: what would be served is not what entry 4 promoted: there is no folder",
    code: "pyfunc_code.py is not the code that was logged with the bundle",
    loader: "MLmodel was changed: its model_code_path is 'other.py'",
    requirements: "version 2: what would be served is not what entry 4 promoted: .*requirements.txt was changed",
    description: "MLmodel was changed",
    example_gone: "input_example.json is gone",
    added: "sitecustomize.py was put there later",
    compiled: "pyfunc_code.*pyc was put there later",
    digest_tag: "version 2: its logged model says that it holds bundle f00, not",
    status: "nobody can load it: MLflow says FAILED_REGISTRATION of the version",
    storage: "version 2: MLflow would load it from",
    location: "version 2: its logged model lies at",
    model_id: "version 2: its source is",
    gone: "version 1 says that it was promoted, the history knows of no such promotion",
    gone_with_tables: "version 2 says that it was promoted, the history knows of no such promotion",
    state_tag: "version 2: its tag state is 'pending', entry 4 promoted it",
    applied_tag: "the registered model's tag assay.history.applied was changed: it says 0",
    alias_and_tag: "the alias champion was moved without the gate: it stands at version 1",
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edit_by_hand_is_noticed_stays_as_it_is_and_is_no_leftover_of_a_kill(own: Any, edit: Any) -> None:
    import re

    aliases = dict(own.aliases)
    edit(own)
    moved = dict(own.aliases)
    assert own.registry.finish_interrupted() == [], "nothing was begun, so nothing is finished"
    found = own.registry.verify()
    assert any(re.search(EDITS[edit], finding) for finding in found), found
    assert own.aliases == moved, "nobody moved anything back"
    with pytest.raises(AssayError):
        own.promote(2)
    assert (own.aliases == aliases) == (moved == aliases)


@pytest.mark.parametrize(
    "edit",
    [swapped, swapped_with_tags, deleted, location, gone_with_tables, alias_and_tag],
    ids=lambda edit: edit.__name__,
)
def test_what_was_not_promoted_does_not_answer_as_champion(own: Any, edit: Any, tmp_path: Path) -> None:
    assert fetch_bundle(own.store, CHAMPION, cache_dir=tmp_path).digest == own.bundles[1].digest
    edit(own)
    with pytest.raises(AssayError):
        fetch_bundle(own.store, CHAMPION, cache_dir=tmp_path)
    if edit is gone_with_tables:
        with pytest.raises(BundleError, match="says that it was promoted, the history knows of no such promotion"):
            fetch_bundle(own.store, f"models:/{NAME}/2", cache_dir=tmp_path)


def test_another_bundle_behind_a_changed_tag_is_refused_with_what_was_promoted(own: Any, tmp_path: Path) -> None:
    swapped_with_tags(own)
    with pytest.raises(BundleError, match=r"version 2 was changed from outside: its bundle is .* was promoted"):
        fetch_bundle(own.store, f"models:/{NAME}/2", cache_dir=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("edit", [swapped, storage], ids=lambda edit: edit.__name__)
def test_mlflow_itself_does_not_answer_with_what_was_not_promoted(
    own: Any, edit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", own.store.uri)
    mlflow.pyfunc.load_model(CHAMPION)
    edit(own)
    with pytest.raises(BundleError, match="was changed from outside"):
        mlflow.pyfunc.load_model(CHAMPION)


def test_a_version_of_somebody_else_that_says_pending_is_not_taken_away(two: Any, tmp_path: Path) -> None:
    two.store.client.create_model_version(NAME, str(tmp_path), tags={"state": "pending"})
    assert two.registry.finish_interrupted() == []
    assert {str(one.version) for one in two.store.client.search_model_versions(f"name='{NAME}'")} == {"1", "2", "3"}


@pytest.mark.parametrize("name", ["my%20project", "what?", "proj#1", "plain"])
def test_a_bundle_in_a_folder_of_any_name_is_found_under_its_address(own: Any, tmp_path: Path, name: str) -> None:
    from assay.deploy.mlflow.served_folder import served_problem
    from assay.tracking.artifact_uri import artifact_uri

    shutil.copytree(place_of(own, "2"), tmp_path / name)
    place, digest = artifact_uri(tmp_path / name), own.bundles[1].digest
    assert served_problem(own.store, place, digest) == ""
    assert "holds bundle" in served_problem(own.store, place, own.bundles[0].digest)


def test_what_python_leaves_when_it_loads_the_model_is_no_edit(own: Any) -> None:
    place = place_of(own, "2")
    py_compile.compile(str(place / "pyfunc_code.py"))
    assert list(place.rglob("*.pyc")), "as loading does"
    assert own.registry.verify() == []
