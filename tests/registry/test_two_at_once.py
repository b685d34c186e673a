"""Two processes that judged against the same champion promote at once: one wins, the other is told."""

from __future__ import annotations

import multiprocessing
import shutil
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from assay.database.url import with_driver
from assay.deploy.bundle.bundle import ABOUT, SCHEMA_VERSION, Bundle
from assay.errors import ChampionChanged
from assay.evaluation.record import save_record
from assay.registry.registry import Registry
from assay.tracking.store import TrackingStore


def in_processes(works: Sequence[Callable[[Callable[[], Any]], Any]]) -> list[Any]:
    """What pieces of work return that run at once, each in a process of its own and handed a barrier to wait at."""
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(len(works)), context.Queue()

    def run(place: int) -> None:
        try:
            results.put((place, works[place](lambda: barrier.wait(300))))
        except BaseException:
            results.put((place, traceback.format_exc()))

    processes = [context.Process(target=run, args=(place,)) for place in range(len(works))]
    for process in processes:
        process.start()
    found = dict(results.get(timeout=300) for _ in processes)
    for process in processes:
        process.join()
    return [found[place] for place in range(len(works))]


def promoting(world: Any, which: int) -> Callable[[Callable[[], Any]], str]:
    """Judge, wait for the other one, promote."""

    def work(wait: Callable[[], Any]) -> str:
        registry = world.registry
        seen = registry.state()
        verdict = world.judged(which, registry)
        wait()
        try:
            return f"promoted {registry.promote(verdict, world.bundles[which], seen=seen)}"
        except ChampionChanged as error:
            return f"{type(error).__name__}: {error}"

    return work


@pytest.mark.slow
def test_on_sqlite(new_world: Any) -> None:
    world = new_world(1)
    lost, won = sorted(in_processes([promoting(world, 1), promoting(world, 2)]))
    assert won == "promoted 2"
    assert lost.startswith("ChampionChanged: cell grades: the champion changed from version 1 to version 2 (promotion")
    assert world.aliases == {"champion": "2", "previous": "1"}
    assert [entry.kind for entry in world.registry.entries()].count("promotion") == 2
    assert world.registry.verify() == []


@pytest.mark.slow
def test_on_postgresql(postgresql: str, world: Any, tmp_path: Path) -> None:
    server = with_driver(postgresql)
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CREATE DATABASE assay_registry"))
    uri = f"{server.rpartition('/')[0]}/assay_registry"
    store = TrackingStore(uri, str(tmp_path / "artifacts"), work=str(tmp_path / "work"))
    folders = [tmp_path / "bundle0", tmp_path / "bundle1"]
    # A connection that is open when a process forks would be shared by both.
    (made,) = in_processes([lambda _: [as_run_of(store, world.bundles[place], folders[place]) for place in (0, 1)]])
    assert made == [None, None], made
    bundles = tuple(Bundle.open(folder, cache_dir=world.bundles[0].cache_dir) for folder in folders)
    there = type(world)(store, bundles, world.database)
    lost, won = sorted(in_processes([promoting(there, 0), promoting(there, 1)]))
    assert won == "promoted 1"
    assert lost.startswith("ChampionChanged: cell grades: the champion changed from none to version 1 (promotion")
    assert there.aliases == {"champion": "1"}
    assert len(store.client.search_model_versions("name='cell grades'")) == 1
    registry = Registry(store, "cell grades")
    assert sorted(entry.kind for entry in registry.entries()) == ["promotion", "verdict", "verdict"]
    assert registry.verify() == []


def as_run_of(store: TrackingStore, bundle: Bundle, folder: Path) -> None:
    """Write the bundle as one of a new run in another store."""
    with store.start_run(bundle.about.name) as run:
        pass
    shutil.copytree(bundle.folder, folder)
    save_record(folder / ABOUT, replace(bundle.about, run_id=run.run_id), schema=SCHEMA_VERSION)


def test_mlflows_own_upgrade_leaves_the_history_alone(two: Any) -> None:
    from mlflow.store.db.utils import _upgrade_db, create_sqlalchemy_engine

    _upgrade_db(create_sqlalchemy_engine(two.store.uri))
    again = TrackingStore(two.store.uri, two.store.artifacts, work=str(two.store.work))
    again.check()
    assert len(Registry(again, "cell grades").entries()) == 4
    assert Registry(again, "cell grades").verify() == []
