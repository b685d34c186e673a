"""`assay collect`: its messages are typed, its folder is trained on, and runs that used a picture are named."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay.cli import main
from assay.collection.request import CollectRequest
from assay.commands.catalogue import find_command
from assay.commands.show.collect import text
from assay.config.compose import compose
from assay.errors import ConfigError, DataError
from finished import TINY, store_words


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        main(["collect", *words])
    assert left.value.code in (1, 2)
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["source=wikimedia"], "query: a value is needed, as in query='jade ring'"),
        (["source=wikimedia", "query=a", "to=b"], "label: a value is needed, as in label=jade"),
        (["source=wikimedia", "query=a", "to=b", "label=../x"], "becomes the name of a folder"),
        (["source=lexica", "query=a", "to=b", "label=c"], "from: a value is needed, as in from=FOLDER"),
        (["source=lexica", "from=a", "query=a", "to=b", "label=c"], "lexica has no interface that could be asked"),
        (["source=lexica", "from=a", "to=b", "label=c", "dry_run=true"], "lies on this machine"),
        (["source=wikimedia", "query=a", "to=b", "label=c", "license=CC0-1.0"], "license: goes with exports"),
        (["source=artbreder", "query=a", "to=b", "label=c"], "artbreeder"),
        (["plan"], "to: a value is needed"),
        (["takedown", "to=a"], "takedown: takes one of author=, url= and source="),
        (["takedown", "to=a", "url=b", "source=wikimedia"], "takedown: takes one of"),
        (["stats", "to=a", "query=b"], "query: goes with fetch"),
        (["source=flickr", "only=dns"], "only: goes with resume"),
        (["resum", "to=a"], "did you mean resume?"),
    ],
)
def test_what_is_missing_or_goes_not_together_is_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in said(words, capsys)
    assert list(tmp_path.iterdir()) == []


def test_whoever_gives_no_contact_types_what_the_message_says(
    worlds: ModuleType, world: Callable[..., Any], collected: Callable[..., Any]
) -> None:
    servers = world(wikimedia=worlds.items_of("wikimedia", 3, 0.0))
    with pytest.raises(ConfigError) as refused:
        collected(servers, "wikimedia", contact="")
    typed = re.search(r"as in contact=(\S+)$", str(refused.value))
    assert typed
    assert collected(servers, "wikimedia", contact=typed[1]).summary.trainable == 3


def test_a_folder_that_is_no_collection_becomes_one(
    worlds: ModuleType, world: Callable[..., Any], collected: Callable[..., Any]
) -> None:
    servers = world(wikimedia=worlds.items_of("wikimedia", 3, 0.0))
    with pytest.raises(DataError, match=r"one is made by assay collect source=…"):
        collected(servers, deed="plan")
    collected(servers, "wikimedia")
    assert collected(servers, deed="plan").summary.labels[0].pictures == 3


def test_a_source_whose_terms_forbid_training_is_looked_at_as_the_message_says(
    worlds: ModuleType,
    world: Callable[..., Any],
    collected: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    servers = world(unsplash=worlds.items_of("unsplash", 3, 0.0))
    with pytest.raises(ConfigError) as refused:
        collected(servers, "unsplash", endpoint="http://unsplash.test/search/photos")
    use = re.search(r"use=(\w+)", str(refused.value))
    assert use
    with pytest.raises(ConfigError, match="ASSAY_UNSPLASH_KEY"):
        collected(servers, "unsplash", endpoint="http://unsplash.test/search/photos", use=use[1])
    monkeypatch.setenv("ASSAY_UNSPLASH_KEY", "secret")
    result = collected(servers, "unsplash", endpoint="http://unsplash.test/search/photos", use=use[1])
    assert (result.summary.labels[0].pictures, result.summary.trainable) == (3, 0)
    assert len(list((tmp_path / "stones" / "display-only" / "jade").iterdir())) == 3


def test_what_waits_is_asked_again_as_the_last_line_says(
    worlds: ModuleType,
    world: Callable[..., Any],
    collected: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    items = [worlds.Item("wikimedia", n, {1: "no such server"}.get(n, "")) for n in range(3)]
    servers, folder = world(wikimedia=items), tmp_path / "semi precious"
    result = collected(servers, "wikimedia", to=str(folder))
    text(result, CollectRequest(minimum=5))
    *_, last = capsys.readouterr().out.strip().splitlines()
    assay, collect, *words = shlex.split(last.removeprefix("again"))
    assert (assay, collect) == ("assay", "collect")
    request, _ = find_command("collect").parse(words)
    servers.resolve_all = True
    again = collected(servers, deed=request.deed, to=request.to)
    assert (result.summary.trainable, again.summary.trainable) == (2, 3)
    text(again, CollectRequest(minimum=5))
    assert not any(line.startswith("again") for line in capsys.readouterr().out.splitlines())


@pytest.mark.slow
def test_the_folder_is_trained_on_and_a_takedown_names_the_run_that_used_it(
    worlds: ModuleType,
    world: Callable[..., Any],
    collected: Callable[..., Any],
    tmp_path: Path,
    store_in: Callable[[Path], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    from assay.run.train import train

    folder, store = tmp_path / "stones", store_in(tmp_path / "runs")
    servers = world(**{name: worlds.items_of(name, 30, 0.0) for name in ("wikimedia", "openverse")})
    collected(servers, "wikimedia")
    collected(servers, "openverse", label="glass")
    outcome = train(compose([*TINY, f"data.root={folder}", f"cache={tmp_path}/cache", *store_words(store)]))
    result = collected(servers, "openverse", deed="takedown")
    assert len(result.taken_down.files) == 30
    (use,) = result.uses
    assert (use.run_id, use.pictures, sum(use.splits.values())) == (outcome.run_id, 30, 30)

    words = ["stats", f"to={folder}", *store_words(store), f"cache={tmp_path}/cache"]
    capsys.readouterr()
    main(["collect", *words, "format=json"])
    assert json.loads(capsys.readouterr().out)["trainable"] == 30
    main(["collect", *words])
    shown = capsys.readouterr().out
    assert "glass: 1000 more to minimum=1000" in shown
    assert f"next        assay audit data=folder data.root={folder}\n" in shown
    assert "withdrawn: taken down: source=openverse" in shown
