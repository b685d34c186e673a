"""Whoever is held back from training is told of once for each key, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.monitoring.alert import FEEDBACK
from assay.monitoring.alerts import standing_alerts
from assay.monitoring.dead_man import pulse
from assay.monitoring.observation import Observation, Scene
from assay.monitoring.observers.misleading import MisleadingObserver
from assay.monitoring.take_look import LookPlan, take_look
from assay.retraining.read_signals import read_signals
from assay.store.feedback import RIGHT, WRONG, Feedback, keep_feedback
from assay.store.keys import create_key
from assay.store.service_store import ServiceStore
from labelled_world import LabelledWorld

AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LabelledWorld]:
    with ServiceStore(f"sqlite:///{tmp_path}/service.db") as store:
        yield LabelledWorld(store)


def judge(world: LabelledWorld, name: str, said: str, count: int, first: int) -> str:
    """A key that says of so many answers whether they are right, and reviewers find them right; gives its id."""
    key = world.do(create_key, world.ada.id, name, ["classify"], actor="test")[0].id
    for seed in range(first, first + count):
        pixels = np.random.default_rng(seed).integers(0, 256, (20, 24, 3), dtype=np.uint8)
        record = world.answer(pixels, key=key)
        world.decide(record, kim="jade")
        world.do(keep_feedback, Feedback(record.id, record.subject, key, said, ""))
    return str(key)


def observe(world: LabelledWorld) -> Observation:
    with world.store.reading() as connection:
        return MisleadingObserver(world.store)(Scene(AT, pulse(connection, at=AT)))


def test_a_key_that_misleads_is_named_by_its_id_with_counts_and_what_to_type(world: LabelledWorld) -> None:
    liar = judge(world, "liar", WRONG, 12, 0)
    judge(world, "honest", RIGHT, 12, 20)
    seen = observe(world)
    (cause,) = seen.causes
    assert (seen.looked_for, cause.kind, cause.name) == ((FEEDBACK,), FEEDBACK, f"feedback/{liar}")
    assert (cause.values["disagreed"], cause.values["compared"]) == (12, 12)
    assert cause.next_step.command("a1") == "assay review labels to=trial dry_run=true"
    assert seen.report == {"clients": 2, "held_back": 1}
    assert all(word not in str(vars(cause)) for word in ("liar of", "ada", "honest"))


def test_it_is_told_once_and_asks_for_no_labels(world: LabelledWorld) -> None:
    judge(world, "liar", WRONG, 12, 0)

    def scene(at: datetime) -> Scene:
        with world.store.reading() as connection:
            return Scene(at, pulse(connection, at=at))

    plan = LookPlan(3600, scene, (MisleadingObserver(world.store),))
    changes: list[Any] = [take_look(world.store, plan, at=AT.replace(hour=hour)).changes for hour in (8, 9)]
    assert [len(each.opened) for each in changes] == [1, 0]
    (alert,) = world.look(standing_alerts)
    assert (alert.kind, alert.count, alert.bundle) == (FEEDBACK, 2, "")
    assert world.look(read_signals, "", pictures=world.pictures, count=50).alerts == ()


def test_nobody_who_errs_as_often_as_honest_people_do_is_told_of(world: LabelledWorld) -> None:
    judge(world, "new", WRONG, 2, 0)
    assert observe(world).causes == ()
