"""A collection grows, survives a kill, goes on, is trained on at once, and lets go of what is taken down."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from assay.collection.ledger import AddressLedger
from assay.collection.likeness import KnownPictures, TestImage
from assay.collection.outcome import FetchFailed
from assay.collection.validated import validated
from assay.data.sources.folder import FolderSource
from assay.errors import ConfigError, DataError


def table(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "metadata.parquet")


def good(worlds: ModuleType, count: int, source: str = "wikimedia") -> list[Any]:
    return worlds.items_of(source, count, 0.0)


def paths(world: Any) -> list[str]:
    return [arrival.path for arrival in world.arrivals if arrival.path.endswith(".jpg")]


def test_no_more_than_are_wanted_are_fetched_and_a_second_call_goes_on(worlds, world, collected, tmp_path):
    servers = world(wikimedia=good(worlds, 40))
    first = collected(servers, "wikimedia", count=18)
    assert (first.summary.trainable, len(paths(servers))) == (18, 18)
    second = collected(servers, "wikimedia", count=5)
    assert (second.summary.trainable, len(paths(servers))) == (23, 23)
    assert len(set(paths(servers))) == 23
    assert second.summary.labels[0].missing == 5_000 - 23


def test_a_label_never_has_more_than_its_maximum(worlds, world, collected, tmp_path):
    servers = world(wikimedia=good(worlds, 30))
    for _ in range(3):
        result = collected(servers, "wikimedia", count=8, maximum=20)
    assert result.summary.trainable == 20


def test_the_folder_is_a_dataset_at_once_with_licence_and_source(worlds, world, collected, tmp_path):
    servers = world(wikimedia=good(worlds, 30), openverse=good(worlds, 30, "openverse"))
    collected(servers, "wikimedia", count=10)
    collected(servers, "openverse", count=10, label="glass")
    manifest = FolderSource(str(tmp_path / "stones")).build(tmp_path / "cache")
    assert manifest.class_names == ("glass", "jade")
    assert manifest.table["source"].value_counts().to_dict() == {"wikimedia": 10, "openverse": 10}
    assert set(manifest.table["license"]) == {"CC-BY-2.0", "CC-BY-SA-2.0"}
    assert (
        len(manifest.excluded[~manifest.excluded["path"].str.contains("/.collect")]) == 3
    )  # tables beside the pictures


def test_credits_export_and_manifest_agree(worlds, world, collected, tmp_path):
    servers = world(wikimedia=good(worlds, 20))
    collected(servers, "wikimedia", count=6)
    folder = tmp_path / "stones"
    rows = table(folder)
    assert json.loads((folder / "manifest.json").read_text()) == json.loads(rows.to_json(orient="records"))
    lines = (folder / "attribution.txt").read_text().splitlines()
    assert lines == collected(servers, report="attribution").credits or lines == list(
        collected(servers, report="attribution").credits
    )
    first = rows.iloc[0]
    assert lines[0] == (
        f"{first.file_name}: “wikimedia-00000” by Author 0, http://commons.test/wiki/File:wikimedia-00000.jpg, "
        "CC BY 2.0 https://creativecommons.org/licenses/by/2.0/"
    )
    assert first.evidence == "LicenseShortName: CC BY 2.0; LicenseUrl: https://creativecommons.org/licenses/by/2.0"


def test_what_failed_in_passing_is_asked_again_and_only_that(worlds, world, collected, tmp_path):
    items = [worlds.Item("wikimedia", n, {3: "no such server", 5: "404"}.get(n, "")) for n in range(8)]
    servers = world(wikimedia=items)
    assert collected(servers, "wikimedia").summary.trainable == 6
    before = len(paths(servers))
    assert "5" not in collected(servers, deed="resume").summary.stopped
    assert len(paths(servers)) == before  # the name is looked up again, and nobody answers for it
    servers.resolve_all = True
    result = collected(servers, deed="resume", only="dns")
    assert (result.summary.trainable, paths(servers)[before:]) == (7, ["/wikimedia-00003.jpg"])
    with pytest.raises(ConfigError, match="only=dsn: did you mean dns"):
        collected(servers, deed="resume", only="dsn")


def test_a_picture_that_is_there_is_checked_with_its_etag_and_stays(worlds, world, collected, tmp_path):
    servers = world(wikimedia=good(worlds, 3))
    collected(servers, "wikimedia")
    result = collected(servers, deed="resume", only="kept", maximum=3)
    assert result.summary.trainable == 3
    assert servers.not_modified == 3
    assert {each.reason for each in result.summary.outcomes} == {"unchanged when it was checked"}


def test_what_is_taken_down_goes_and_never_comes_again(worlds, world, collected, tmp_path):
    servers, folder = world(wikimedia=good(worlds, 14)), tmp_path / "stones"
    collected(servers, "wikimedia")
    hers = table(folder)[table(folder)["author"] == "Author 2"]
    assert len(hers) == 2
    result = collected(servers, deed="takedown", author=" author  2")
    assert sorted(result.taken_down.sha256) == sorted(hers["sha256"])
    assert result.summary.trainable == 12
    assert not any((folder / name).exists() for name in hers["file_name"])
    assert "Author 2" not in (folder / "attribution.txt").read_text()
    again = world(wikimedia=good(worlds, 21))  # one more of hers
    assert collected(again, "wikimedia").summary.trainable == 18
    assert "Author 2" not in set(table(folder)["author"])
    ledger = AddressLedger(folder)
    assert len([entry for entry in ledger.entries() if entry.reason == "taken down: author= author  2"]) == 3
    ledger.close()


def test_a_picture_of_a_registered_models_test_set_is_not_collected(worlds):
    picture = validated(worlds.picture("a"), 8)
    other = validated(worlds.picture("b"), 8)
    resaved = validated(worlds.picture("a", quality=60), 8)
    known = KnownPictures((), [TestImage(picture.sha256, picture.phash, "cells 3")])
    assert known.why_not(picture) == "is in the test set of cells 3"
    assert known.why_not(resaved) == "looks like an image of the test set of cells 3"
    assert known.why_not(other) == ""


def test_pictures_that_differ_are_not_taken_for_copies_and_resaved_ones_are(worlds):
    known = KnownPictures(())
    for number in range(150):
        picture = validated(worlds.picture(f"p{number}"), 8)
        assert known.why_not(picture) == ""
        known.add(picture, f"jade/{number}.jpg")
    for number in range(0, 150, 10):
        assert f"jade/{number}.jpg" in known.why_not(validated(worlds.picture(f"p{number}", quality=50), 8))


def test_a_bomb_is_refused_before_it_is_unpacked(worlds):
    with pytest.raises(FetchFailed, match="decompression bomb"):
        validated(worlds.bomb(), 8)


def test_without_a_contact_nobody_is_asked(worlds, world, collected):
    servers = world(wikimedia=good(worlds, 3))
    for contact in ("", "me", "me@home", "a b@c.de", "x@y.z\r\nHost: evil"):
        with pytest.raises(ConfigError, match="contact="):
            collected(servers, "wikimedia", contact=contact)
    assert servers.connected == []


def test_terms_that_forbid_training_are_explained_before_anybody_is_asked(worlds, world, collected):
    servers = world(wikimedia=[])
    for source, host in (("unsplash", "help.unsplash.com"), ("pexels", "help.pexels.com")):
        with pytest.raises(ConfigError, match=rf"(?s)do not permit training: https://{host}.*use=display"):
            collected(servers, source, endpoint="http://any.test/")
    assert servers.connected == []


def test_a_dry_run_names_pictures_and_licences_and_fetches_none(worlds, world, collected, tmp_path):
    items = [worlds.Item("wikimedia", n, {2: "no derivatives", 4: "no licence"}.get(n, "")) for n in range(12)]
    servers = world(wikimedia=items)
    planned = collected(servers, "wikimedia", dry_run=True, count=6, to="").dry_run
    assert planned.licences == {"CC-BY-2.0": 2, "CC-BY-SA-2.0": 4}
    assert sum(planned.refused.values()) == 2
    assert paths(servers) == []
    assert not (tmp_path / "stones").exists()


def test_a_limit_that_takes_too_long_ends_the_search_with_its_time(worlds, world, collected):
    servers = world(wikimedia=good(worlds, 40))
    result = collected(servers, "wikimedia", wait=30)
    assert 0 < result.summary.trainable <= 30
    waiting = [each for each in result.summary.outcomes if each.outcome == "limit"]
    assert waiting
    assert "may be asked again at" in waiting[0].reason
    servers.clock.sleep(60)
    assert collected(servers, deed="resume").summary.trainable > result.summary.trainable


def test_a_folder_that_is_no_collection_is_said_so(world, collected, tmp_path):
    with pytest.raises(DataError, match="is no collection"):
        collected(world(wikimedia=[]), deed="stats")


KILLED = """
import sys, os, threading
from pathlib import Path
sys.path[:0] = [{tests!r}, {experiment!r}]
import stamina
stamina.set_testing(True, attempts=4, cap=True)
import world as worlds
from assay.collection.request import CollectRequest
from assay.config.compose import compose
from assay.housekeeping.collect import Doors, collect_through

clock = worlds.JumpingClock()
servers = worlds.World({{"wikimedia": worlds.items_of("wikimedia", 60, 0.0)}}, clock)
seen = servers.arrived
def arrived(host, path, agent, connection=None):
    turn = seen(host, path, agent, connection)
    if path.endswith(".jpg"):
        with open({log!r}, "a") as log:
            log.write(path + "\\n")
        if sum(1 for _ in open({log!r})) == {kill_at}:
            os.kill(os.getpid(), 9)
    return turn
servers.arrived = arrived
config = compose(["cache={folder}/cache", "tracking.uri=sqlite:///{folder}/runs.db"])
asked = CollectRequest(deed={deed!r}, source={source!r}, query="jade", label="jade", to="{folder}/stones",
    contact="me@example.org", endpoint="http://commons.test/w/api.php", width=0, count=40, wait=1e6, workers=4)
collect_through(asked, config, Doors(clock, servers.resolve, servers.connect))
"""


@pytest.mark.slow
def test_a_kill_costs_one_picture_per_worker_at_most(worlds: ModuleType, tmp_path: Path) -> None:
    import subprocess

    log, root = tmp_path / "log.txt", Path(__file__).parents[2]
    places = {"tests": str(root / "tests"), "experiment": str(root / "experiments/collect_faults"), "log": str(log)}
    for deed, source, kill_at in (("fetch", "wikimedia", 12), ("resume", "", 10**9)):
        script = KILLED.format(**places, folder=tmp_path, deed=deed, source=source, kill_at=kill_at)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert done.returncode == (-9 if source else 0), done.stderr[-2000:]
    fetched = log.read_text().split()
    assert len(fetched) - len(set(fetched)) <= 4
    rows = table(tmp_path / "stones")
    assert set(rows["address"].str.split("/").str[-1]) == {path[1:] for path in fetched}
    for row in rows.itertuples():
        assert (tmp_path / "stones" / row.file_name).read_bytes() == worlds.picture(row.title)


def test_the_description_is_read_by_the_formats_own_reader(
    worlds: ModuleType, world: Callable[..., Any], collected: Callable[..., Any], tmp_path: Path
) -> None:
    croissant = pytest.importorskip("mlcroissant")
    servers = world(wikimedia=good(worlds, 20))
    collected(servers, "wikimedia", count=6)
    dataset = croissant.Dataset(tmp_path / "stones" / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    records = list(dataset.records("pictures"))
    assert len(records) == 6
    names = {record["pictures/file_name"] for record in records}
    decoded = {name.decode() if isinstance(name, bytes) else name for name in names}
    assert decoded == set(table(tmp_path / "stones")["file_name"])
