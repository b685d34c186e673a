"""A small version of `experiments/collect_faults`: every good picture, no bad one, a reason for each, within limits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from assay.collection.ledger import AddressLedger
from assay.collection.limits import file_limits
from assay.collection.sources.catalogue import SOURCES


@pytest.mark.slow
@pytest.mark.parametrize("source", ["wikimedia", "openverse", "flickr"])
def test_every_good_picture_comes_no_bad_one_and_each_failure_has_its_reason(
    source: str,
    worlds: ModuleType,
    world: Callable[..., Any],
    collected: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSAY_FLICKR_KEY", "secret-key")
    items = worlds.items_of(source, 120, 0.2)
    assert {item.fault for item in items} == {"", *worlds.FAULTS}
    servers, folder = world(**{source: items}), tmp_path / "stones"
    result = collected(servers, source)

    table = pd.read_parquet(folder / "metadata.parquet")
    assert set(table["address"]) == servers.good(source)
    for row in table.itertuples():
        content = (folder / row.file_name).read_bytes()
        assert content == worlds.picture(row.title)
        assert hashlib.sha256(content).hexdigest() == row.sha256
    there = {path.relative_to(folder).as_posix() for path in folder.glob("*/*.*") if path.parent.name != ".collect"}
    assert there == set(table["file_name"])

    ledger = AddressLedger(folder)
    outcomes = {entry.address: (entry.outcome, entry.reason) for entry in ledger.entries()}
    ledger.close()
    for item in items:
        expected = worlds.FAULTS[item.fault] if item.fault else "kept"
        if expected:
            assert outcomes[item.address][0] == expected, (item, outcomes[item.address])
        if expected not in ("kept", ""):
            assert outcomes[item.address][1], item
    assert any(each.outcome == "skipped" for each in result.summary.outcomes)
    assert "secret-key" not in (folder / ".collect" / "ledger.db").read_bytes().decode("latin-1")

    api, files = SOURCES[source].limits(key=source == "flickr"), file_limits(f"files-{source}.test")
    assert servers.judge(worlds.HOSTS[source], api.windows, api.at_once) == []
    assert servers.judge(f"files-{source}.test", files.windows, files.at_once) == []
    assert set(servers.connected) == {worlds.PUBLIC}
    assert all("me@example.org" in agent for agent in servers.agents)


def test_a_collector_that_asks_too_often_is_seen_by_the_servers_log(world: Callable[..., Any]) -> None:
    servers = world(wikimedia=[])
    for _ in range(31):
        servers.arrived("a.test", "/", "")
        servers.clock.sleep(1.9)
    assert servers.judge("a.test", ((30, 60.0),), 1) == ["31 within 57.0 s, of 60"]
