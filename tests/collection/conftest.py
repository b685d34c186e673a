"""A stand-in of picture sources, and no waiting between attempts."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import stamina

from assay.collection.request import CollectRequest
from assay.config.compose import compose
from assay.housekeeping.collect import CollectResult, Doors, collect_through
from finished import store_words

FILE = Path(__file__).parents[2] / "experiments" / "collect_faults" / "world.py"
ENDPOINTS = {
    "wikimedia": "http://commons.test/w/api.php",
    "openverse": "http://openverse.test/v1/images/",
    "flickr": "http://flickr.test/services/rest/",
}


@pytest.fixture(scope="session")
def worlds() -> ModuleType:
    spec = importlib.util.spec_from_file_location("collect_faults_world", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def world(worlds: ModuleType) -> Iterator[Callable[..., Any]]:
    """Makes a world of some items by source."""
    made = []

    def make(**items: Any) -> Any:
        made.append(worlds.World(items, worlds.JumpingClock()))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def collected(tmp_path: Path) -> Callable[..., CollectResult]:
    """Does what `assay collect` does, through the doors of a world."""

    def collect(world: Any, source: str = "", **asked: Any) -> CollectResult:
        config = compose([f"cache={tmp_path}/cache", *store_words(tmp_path / "runs")])
        if source and asked.get("deed", "fetch") == "fetch":
            asked = {"query": "jade", "label": "jade", "endpoint": ENDPOINTS.get(source, ""), "width": 0} | asked
        asked = {"to": str(tmp_path / "stones"), "contact": "me@example.org", "seconds": 1.0, "wait": 1e6} | asked
        asked = {"maximum": 9_000, "minimum": 5_000} | asked
        doors = Doors(world.clock, world.resolve, world.connect)
        return collect_through(CollectRequest(source=source, **asked), config, doors)

    return collect
