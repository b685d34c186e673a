"""A canary: services let a candidate look on, then answer a share, as far as the trail says, and take it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from assay.errors import DataError
from assay.serving.canary import CanaryFollower
from assay.serving.engine import Engine
from assay.serving.experiment import begin_experiment, stop_experiment
from assay.serving.origin import Origin
from assay.store.canaries import PASSED, ROLLED_BACK, SHADOW, SHARE, Canary, canary_of, newest_canary, note_canary
from serving_world import World, png


@pytest.fixture(scope="module")
def other(tiny_bundle: Any) -> Engine:
    return Engine.start(tiny_bundle("c" * 32, seed=5), Origin("run cccccccc"))


@pytest.fixture
def world(tmp_path: Any, engine: Engine) -> Iterator[World]:
    made = World(tmp_path, engine)
    yield made
    made.close()


def follower(world: World, other: Engine, loads: list[str] | None = None) -> CanaryFollower:
    service = world.service

    def load(source: str) -> Engine:
        if loads is not None:
            loads.append(source)
        if source == "gone":
            raise DataError("there is no such run")
        return other

    def begun() -> None:
        service.guard.begin_anew()
        begin_experiment(service.store, service.arms)

    return CanaryFollower(service.store, service.arms, load, begun, 60.0)


@pytest.fixture
def canary(engine: Engine, other: Engine) -> Canary:
    return Canary("r" * 36, SHADOW, "c" * 32, other.digest, engine.digest, 0.4, 50)


def note(world: World, canary: Canary) -> None:
    world.store.write(lambda connection: note_canary(connection, canary))


def test_a_candidate_looks_on_then_answers_its_share_then_is_gone_as_the_trail_says(world, other, canary):
    loads: list[str] = []
    canaries, arms = follower(world, other, loads), world.service.arms
    canaries.look()
    assert arms.experiment is None
    note(world, canary)
    canaries.look()
    assert (arms.experiment.arm, arms.experiment.name) == ("shadow", "canary-rrrrrrrrrrrr-shadow")
    assert arms.looking_on.engine is other
    assert world.ask(png(1)).json()["results"][0]["id"]
    note(world, replace(canary, stage=SHARE))
    canaries.look()
    assert (arms.experiment.arm, arms.experiment.share) == ("challenger", 0.4)
    assert arms.looking_on is None
    note(world, replace(canary, stage=PASSED))
    canaries.look()
    assert arms.experiment is None
    assert arms.rival is None
    assert loads == ["c" * 32]


def test_a_service_that_was_started_again_goes_on_where_the_canary_was(world, other, canary):
    note(world, canary)
    note(world, replace(canary, stage=SHARE))
    follower(world, other).look()
    assert world.service.arms.experiment.name == "canary-rrrrrrrrrrrr-share"


def test_a_candidate_that_was_stopped_stays_so_after_a_start_and_never_answers_a_key_again(world, other, canary):
    note(world, replace(canary, stage=SHARE))
    canaries, arms = follower(world, other), world.service.arms
    canaries.look()
    assert stop_experiment(world.store, arms, "it was slower")
    assert arms.stopped == "it was slower"
    world.store.write(lambda connection: None)  # what was submitted before is written
    arms.end()
    follower(world, other).look()
    assert arms.stopped == "it was slower"
    assert arms.looking_on is None
    assert arms.champion_now.experiment == ""


def test_a_canary_beside_another_champion_of_another_bundle_or_that_cannot_be_loaded_is_not_tried(
    world, other, canary, caplog
):
    canaries, arms = follower(world, other), world.service.arms
    for refused, why in (
        (replace(canary, champion="d" * 64), ""),
        (replace(canary, bundle="e" * 64), "another than the one that was judged"),
        (replace(canary, source="gone"), "there is no such run"),
    ):
        note(world, refused)
        canaries.look()
        canaries.look()
        assert arms.experiment is None
        assert caplog.text.count(why or "not tried") == (1 if why else 0)


def test_stages_are_lines_of_the_trail_the_same_again_adds_none_and_the_newest_canary_counts(world, canary):
    with world.store.reading() as connection:
        assert newest_canary(connection)[0] is None
    note(world, canary)
    with world.store.reading() as connection:
        first, line = newest_canary(connection)
        assert first == canary
        assert newest_canary(connection, line)[0] is None
    note(world, canary)
    ended = replace(canary, stage=ROLLED_BACK, why="it failed more often")
    later = replace(canary, id="s" * 36)
    note(world, ended)
    note(world, later)
    with world.store.reading() as connection:
        assert newest_canary(connection)[1] == line + 2
        assert newest_canary(connection)[0] == later
        assert canary_of(connection, canary.id) == ended
        assert canary_of(connection, "t" * 36) is None
