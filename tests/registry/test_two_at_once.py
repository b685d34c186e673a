"""Two processes that judged against the same champion promote at once: one wins, the other is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from assay.registry.registry import Registry
from assay.studies.sweep.postgresql import with_driver
from assay.tracking.store import TrackingStore

SCRIPT = """
import sys
from pathlib import Path
from assay.deploy.bundle import Bundle
from assay.errors import ChampionChanged
from assay.registry.registry import Registry
from assay.registry.verdict import Verdict
from assay.tracking.store import TrackingStore

uri, artifacts, folder, verdict = sys.argv[1:]
registry = Registry(TrackingStore(uri, artifacts, work=folder + "/work"), "cell grades")
verdict = Verdict.load(Path(verdict))
bundle = Bundle.open(Path(folder), cache_dir=Path(folder).parent / "cache")
seen = registry.state()
print("ready", flush=True)
sys.stdin.readline()
try:
    print("promoted", registry.promote(verdict, bundle, seen=seen), flush=True)
except ChampionChanged as error:
    print("ChampionChanged", error, flush=True)
"""


def promoted_at_once(store: TrackingStore, world: Any, tmp_path: Path) -> list[str]:
    """What two processes say that are let go in the same moment, with bundles 1 and 2."""
    processes = []
    for which in (1, 2):
        file = tmp_path / f"verdict{which}.json"
        world.judged(which, Registry(store, "cell grades")).save(file)
        bundle = world.bundles[which].folder
        words = [sys.executable, "-c", SCRIPT, store.uri, str(store.artifacts), str(bundle), str(file)]
        processes.append(
            subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
            )
        )
    for process in processes:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == "ready\n", line or process.communicate()[1]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=300) for process in processes]
    assert all(process.returncode == 0 for process in processes), said
    return sorted(out.strip() for out, _ in said)


@pytest.mark.slow
def test_on_sqlite(new_world: Any, tmp_path: Path) -> None:
    world = new_world(1)
    lost, won = promoted_at_once(world.store, world, tmp_path)
    assert lost.startswith("ChampionChanged cell grades: the champion changed from version 1 to version 2 (promotion")
    assert won == "promoted 2"
    assert world.aliases == {"champion": "2", "previous": "1"}
    assert [entry.kind for entry in world.registry.entries()].count("promotion") == 2
    assert world.registry.verify() == []


@pytest.mark.slow
def test_on_postgresql_and_mlflow_minds_nothing(postgresql: str, world: Any, tmp_path: Path) -> None:
    server = with_driver(postgresql)
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CREATE DATABASE assay_registry"))
    uri = f"{server.rpartition('/')[0]}/assay_registry"
    store = TrackingStore(uri, str(tmp_path / "artifacts"), work=str(tmp_path / "work"))
    store.check()
    copied = [as_run_of(store, bundle, tmp_path / f"bundle{place}") for place, bundle in enumerate(world.bundles)]
    there = type(world)(store, tuple(copied), world.database)
    lost, won = promoted_at_once(store, there, tmp_path)
    assert lost.startswith("ChampionChanged cell grades: the champion changed from none to version 1 (promotion")
    assert won == "promoted 1"
    assert there.aliases == {"champion": "1"}
    assert len(store.client.search_model_versions("name='cell grades'")) == 1
    registry = Registry(store, "cell grades")
    assert [entry.kind for entry in registry.entries()].count("promotion") == 1
    assert registry.verify() == []
    assert there.promote(0) == "2"


def as_run_of(store: TrackingStore, bundle: Any, folder: Path) -> Any:
    """The bundle as one of a new run in another store."""
    from dataclasses import replace

    from assay.deploy.bundle import ABOUT, SCHEMA_VERSION, Bundle
    from assay.evaluation.record import save_record

    with store.start_run(bundle.about.name) as run:
        pass
    shutil.copytree(bundle.folder, folder)
    save_record(folder / ABOUT, replace(bundle.about, run_id=run.run_id), schema=SCHEMA_VERSION)
    return Bundle.open(folder, cache_dir=bundle.cache_dir)


def test_mlflows_own_upgrade_leaves_the_history_alone(two: Any) -> None:
    from mlflow.store.db.utils import _upgrade_db, create_sqlalchemy_engine

    _upgrade_db(create_sqlalchemy_engine(two.store.uri))
    again = TrackingStore(two.store.uri, two.store.artifacts, work=str(two.store.work))
    again.check()
    assert len(Registry(again, "cell grades").entries()) == 4
    assert Registry(again, "cell grades").verify() == []
