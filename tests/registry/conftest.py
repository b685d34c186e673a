"""A store with three runs whose bundles are logged, copied for each test; verdicts about them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from assay.deploy.bundle.bundle import Bundle
from assay.deploy.mlflow.model import log_bundle
from assay.gate.verdict import CheckResult, Override, Verdict
from assay.measurement import Measurement
from assay.registry.registry import Registry
from assay.tracking.store import TrackingStore

NAME = "cell grades"


@dataclass(frozen=True)
class World:
    """A store of the test's own, and what it holds.

    Attributes:
        store: with three finished runs.
        bundles: theirs, logged already.
        database: the store's file.
    """

    store: TrackingStore
    bundles: tuple[Bundle, ...]
    database: Path

    @property
    def registry(self) -> Registry:
        """Opened anew, as the next command would."""
        return Registry(self.store, NAME)

    def judged(self, which: int, registry: Registry | None = None, **other: Any) -> Verdict:
        """A verdict that lets a bundle pass, against whoever reigns."""
        bundle = self.bundles[which]
        champion = (registry or self.registry).state().champion
        made = Verdict(
            model=NAME,
            run_id=bundle.about.run_id,
            run_name=bundle.about.name,
            backbone="baseline_cnn",
            bundle_digest=bundle.digest,
            gate="default",
            gate_digest="9" * 64,
            checks=(CheckResult("f1", "Floor", "at least 0.5", "0.7 is enough", True, 0.5),),
            decision="promote",
            override=None,
            champion=champion.version if champion else "",
            champion_digest=champion.bundle_digest if champion else "",
            test_digest="e" * 64,
            n=200,
            challenger=which + 1,
            metrics={"macro_f1": Measurement(0.7 + which / 20, 0.65 + which / 20, 0.75 + which / 20, 200, "bootstrap")},
            author="Ada",
            time="2026-01-0" + f"{which + 1}T10:00:00+00:00",
            git_commit="abc",
            lock_digest="f" * 64,
        )
        return replace(made, **other)

    def promote(self, which: int, **other: Any) -> str:
        """Judge and promote a bundle."""
        registry = self.registry
        seen = registry.state()
        return registry.promote(self.judged(which, registry, **other), self.bundles[which], seen=seen)

    def refused(self, which: int) -> Verdict:
        """A verdict that does not let a bundle pass."""
        check = CheckResult("f1", "Floor", "at least 0.9", "0.7 is 0.2 short", False, 0.9)
        return self.judged(which, checks=(check,), decision="refuse")

    @property
    def aliases(self) -> dict[str, str]:
        """What MLflow says."""
        return {name: str(version) for name, version in self.store.client.get_registered_model(NAME).aliases.items()}

    def sql(self, statement: str, *values: object) -> list[tuple]:
        """Ask or change the database behind everybody's back."""
        with sqlite3.connect(self.database) as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="session")
def logged(
    tmp_path_factory: pytest.TempPathFactory,
    store_in: Callable[[Path], Path],
    tiny_bundle: Callable[..., Bundle],
) -> tuple[Path, tuple[Bundle, ...]]:
    """A database with three runs, and their bundles; logging them takes seconds, so it is done once."""
    root = store_in(tmp_path_factory.mktemp("logged"))
    store = TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", work=f"{root}/work")
    bundles = []
    for seed in range(3):
        with store.start_run(f"tiny {seed}") as run:
            pass
        bundles.append(tiny_bundle(run.run_id, seed=seed, name=f"tiny {seed}"))
        log_bundle(store, bundles[-1])
    return root, tuple(bundles)


@pytest.fixture(scope="session")
def promoted(
    logged: tuple[Path, tuple[Bundle, ...]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[Path, ...], tuple[Bundle, ...]]:
    """Three databases: nobody was promoted, version 1 was (entry 2), and version 2 after it (entry 4)."""
    root, bundles = logged
    files = [root / "mlflow.db"]
    for which in range(2):
        world = _world(root, bundles, files[-1], tmp_path_factory.mktemp("promoted"))
        world.promote(which)
        files.append(world.database)
    return tuple(files), bundles


def _world(root: Path, bundles: tuple[Bundle, ...], database: Path, folder: Path) -> World:
    copy = folder / "mlflow.db"
    shutil.copy(database, copy)
    return World(TrackingStore(f"sqlite:///{copy}", f"{root}/artifacts", work=f"{folder}/work"), bundles, copy)


@pytest.fixture
def new_world(
    logged: tuple[Path, tuple[Bundle, ...]],
    promoted: tuple[tuple[Path, ...], tuple[Bundle, ...]],
    tmp_path: Path,
) -> Callable[..., World]:
    """Makes a world in which so many versions were promoted, one after the other."""

    def make(count: int = 0, name: str = "world") -> World:
        (tmp_path / name).mkdir()
        return _world(logged[0], logged[1], promoted[0][count], tmp_path / name)

    return make


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    """A store of the test's own; nobody has been promoted in it."""
    return new_world()


@pytest.fixture
def two(new_world: Callable[..., World]) -> World:
    """A world in which versions 1 and 2 were promoted, in entries 2 and 4."""
    return new_world(2)


@pytest.fixture
def overridden() -> Override:
    """A person who lets a candidate pass."""
    return Override("Grace", "the old one is unsafe")
