"""Arms: the same key hears the same model, a shadow is heard by nobody, and no answer is a mixture."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binom

from assay.data.sample_range import SampleRange
from assay.serving.arms import Arms, Assigned, Experiment, Rival, not_comparable
from assay.serving.dispatcher import Dispatcher
from assay.serving.engine import Engine
from assay.serving.origin import Origin
from assay.store.keys import ApiKey, create_key, rotate_key
from assay.store.subjects import add_subject
from assay.store.tables import PREDICTIONS
from assay.store.trail import trail_findings
from serving_world import World, png


@dataclass(frozen=True)
class Named:
    """Stands for an engine, of which arms look at digest and class names alone."""

    digest: str
    class_names: tuple[str, ...] = ("a", "b")


def answering(arms: Arms, family: str) -> Assigned:
    return arms.answering(ApiKey("id", "subject", "name", ("classify",), "2026-01-01T00:00:00Z", family=family))


def arms_and_experiments(arms: Arms) -> set[tuple[str, str]]:
    return {(each.arm, each.experiment) for each in (answering(arms, key) for key in KEYS[:50])}


KEYS = [f"01939f3c-8c1e-7b53-9a4e-{n:012x}" for n in range(20_000)]


@pytest.fixture(scope="module")
def other(tiny_bundle: Any) -> Engine:
    return Engine.start(tiny_bundle(seed=5), Origin("tiny", "tiny", "4"))


@pytest.fixture
def served(tmp_path: Any, engine: Engine, other: Engine) -> Iterator[Any]:
    made: list[World] = []

    def make(arm: str, share: float = 1.0, rival: Any = None, **settings: Any) -> World:
        world = World(tmp_path, engine, Rival(rival or other, Experiment("trial", arm, share)), **settings)
        made.append(world)
        return world

    yield make
    for each in made:
        each.close()


def rows(world: World) -> list[Any]:
    with world.store.reading() as connection:
        return connection.execute(PREDICTIONS.select().order_by(PREDICTIONS.c.id)).all()


def until(condition: Any) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_a_challenger_gets_its_share_of_the_keys_within_what_chance_allows(share):
    picked = sum(Experiment("trial", "challenger", share).picks(key) for key in KEYS)
    low, high = binom.ppf([1e-6, 1 - 1e-6], len(KEYS), share)
    assert low <= picked <= high


def test_a_key_keeps_its_arm_and_another_experiment_draws_anew():
    first, again = (Experiment("trial", "challenger", 0.1) for _ in range(2))
    second = Experiment("trial 2", "challenger", 0.1)
    assert [first.picks(key) for key in KEYS] == [again.picks(key) for key in KEYS]
    both = sum(first.picks(key) and second.picks(key) for key in KEYS)
    low, high = binom.ppf([1e-6, 1 - 1e-6], len(KEYS), 0.01)
    assert low <= both <= high, "whoever was picked once is picked again as seldom as everybody"
    wider = Experiment("trial", "challenger", 0.3)
    assert all(wider.picks(key) for key in KEYS if first.picks(key)), "a larger share takes nobody away"


def test_without_an_experiment_and_after_its_end_the_champion_answers_everybody():
    alone = Arms(Named("one"))
    assert {(answering(alone, key).arm, answering(alone, key).experiment) for key in KEYS[:50]} == {("champion", "")}
    arms = Arms(Named("one"), Rival(Named("two"), Experiment("trial", "challenger", 0.9)))
    assert {answering(arms, key).arm for key in KEYS[:200]} == {"champion", "challenger"}
    assert {answering(arms, key).experiment for key in KEYS[:200]} == {"trial"}
    assert arms.stop("it failed")
    assert not arms.stop("again")
    assert {(answering(arms, key).arm, answering(arms, key).experiment) for key in KEYS[:50]} == {("champion", "")}
    assert arms.stopped == "it failed"
    shadowed = Arms(Named("one"), Rival(Named("two"), Experiment("trial", "shadow")))
    assert {answering(shadowed, key).arm for key in KEYS[:50]} == {"champion"}
    assert shadowed.looking_on is not None
    shadowed.stop("it failed")
    assert shadowed.looking_on is None


def test_models_of_other_classes_and_a_model_with_itself_are_not_compared():
    assert not_comparable(Named("one"), Named("two")) == ""
    assert "same bundle" in not_comparable(Named("one"), Named("one"))
    assert "knows the classes a, c, the champion a, b" in not_comparable(Named("one"), Named("two", ("a", "c")))


def test_a_rotated_key_hears_the_model_that_its_forerunner_heard(served):
    world = served("challenger", 0.5)
    subject = world.store.write(lambda c: add_subject(c, "ada").id)
    heard = []
    for number in range(8):
        key, shown = world.store.write(lambda c, n=number: create_key(c, subject, f"k{n}", ["classify"], actor="test"))
        versions = []
        for _ in range(3):
            headers = {"Authorization": f"Bearer {shown}"}
            versions.append(
                world.client.post("/v1/classify", content=png(), headers=headers).json()["model"]["version"]
            )
            key, shown = world.store.write(lambda c, k=key: rotate_key(c, k.id, actor="test"))
        heard.append(set(versions))
    assert all(len(each) == 1 for each in heard)
    assert len(set.union(*heard)) == 2


def test_each_answer_is_of_one_bundle_whole_and_a_key_hears_one_model(served, bundle, other):
    world = served("challenger", 0.5)
    subject = world.store.write(lambda c: add_subject(c, "ada").id)
    heard = set()
    for number in range(12):
        key, shown = world.store.write(lambda c, n=number: create_key(c, subject, f"k{n}", ["classify"], actor="test"))
        files = [("file", (f"{n}.png", png(n))) for n in range(3)]
        for _ in range(2):
            said = world.client.post("/v1/classify", files=files, headers={"Authorization": f"Bearer {shown}"}).json()
            picked = world.service.arms.experiment.picks(key.id)
            expected = (other.bundle if picked else bundle).predict([png(n) for n in range(3)])
            assert said["model"]["version"] == ("4" if picked else "3")
            for result, answer in zip(said["results"], expected, strict=True):
                assert list(result["probabilities"].values()) == pytest.approx(answer.probabilities.tolist(), abs=1e-6)
            heard.add(picked)
    assert heard == {True, False}
    arms = {(row.key, row.arm, row.bundle, row.experiment) for row in rows(world)}
    assert len({key for key, *_ in arms}) == len(arms) == 12
    assert {(arm, digest) for _, arm, digest, _ in arms} == {("champion", bundle.digest), ("challenger", other.digest)}
    assert {name for *_, name in arms} == {"trial"}


def test_a_shadow_is_logged_beside_the_answer_and_changes_nothing_of_it(served, tmp_path, engine, other, bundle):
    world = served("shadow")
    pictures = [png(n) for n in range(5)]
    results = [world.ask(picture).json() for picture in pictures]
    until(lambda: world.service.shadow.counts.answered == 5)
    expected = bundle.predict(pictures)
    assert [said["results"][0]["label"] for said in results] == [answer.label for answer in expected]
    assert {said["model"]["bundle"] for said in results} == {bundle.digest}
    kept = rows(world)
    given = {row.id: row for row in kept if row.arm == "champion"}
    looked_on = {row.pair: row for row in kept if row.arm == "shadow"}
    assert set(given) == set(looked_on) == {said["results"][0]["id"] for said in results}
    for picture, said in zip(pictures, results, strict=True):
        shadow = looked_on[said["results"][0]["id"]]
        assert (shadow.label, shadow.bundle) == (other.bundle.predict([picture])[0].label, other.digest)
        assert shadow.picture == given[shadow.pair].picture
    page = world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"]
    assert {row["id"] for row in page} == set(given)
    shadow_id = next(iter(looked_on.values())).id
    assert world.client.get(f"/v1/predictions/{shadow_id}", headers=world.headers()).status_code == 404
    assert world.client.get("/v1/stats", headers=world.headers("admin")).json()["predictions"] == 5
    assert 'assay_shadow_pictures{outcome="answered"} 5.0' in world.client.get("/metrics").text
    with world.store.reading() as connection:
        assert trail_findings(connection) == []


def test_a_picture_that_was_sent_before_is_paired_again_without_asking_anybody(served):
    world = served("shadow")
    world.ask()
    until(lambda: world.service.shadow.counts.answered == 1)
    world.ask()
    until(lambda: world.service.shadow.counts.answered == 2)
    kept = rows(world)
    assert sorted(row.arm for row in kept) == ["champion", "champion", "shadow", "shadow"]
    assert [row.engine_ms > 0 for row in kept if row.arm == "shadow"] == [True, False]


class Held:
    """An engine that answers as another does, once it may."""

    def __init__(self, engine: Engine, fails: bool = False) -> None:
        self._engine, self._fails = engine, fails
        self.may, self.asked = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def answers(self, images: Any) -> Any:
        self.asked.set()
        self.may.wait(60)
        if self._fails:
            raise RuntimeError("a broken graph")
        return self._engine.answers(images)


def test_a_client_has_his_answer_while_the_shadow_is_still_looking(served, other):
    held = Held(other)
    world = served("shadow", rival=held)
    assert world.ask(png(0)).status_code == 200, "the shadow has not been let go on"
    assert held.asked.wait(60)
    assert {row.arm for row in rows(world)} == {"champion"}
    held.may.set()
    until(lambda: world.service.shadow.counts.answered == 1)


def test_more_than_may_wait_for_a_shadow_are_dropped_and_counted(served, other):
    world = served("shadow")
    world.service.shadow._most = 0
    assert world.ask(png(1)).status_code == 200
    assert vars(world.service.shadow.counts) == {"answered": 0, "dropped": 1, "failed": 0}
    world.service.shadow._most, world.service.shadow._most_bytes = 64, 100
    assert world.ask(png(2)).status_code == 200
    assert vars(world.service.shadow.counts) == {"answered": 0, "dropped": 2, "failed": 0}
    assert {row.arm for row in rows(world)} == {"champion"}


def test_a_shadow_that_fails_is_counted_and_nobody_hears_of_it(served, other):
    broken = Held(other, fails=True)
    broken.may.set()
    world = served("shadow", rival=broken)
    assert world.ask().status_code == 200
    until(lambda: world.service.shadow.counts.failed == 1)
    assert {row.arm for row in rows(world)} == {"champion"}


def test_where_a_challenger_fails_the_champion_answers_in_its_place(served, other, bundle):
    broken = Held(other, fails=True)
    broken.may.set()
    world = served("challenger", 0.9, rival=broken)
    trials = (Experiment(f"trial {n}", "challenger", 0.9) for n in range(99))
    arms, trial = world.service.arms, next(each for each in trials if each.picks(world.ids["classify"]))
    arms.begin(Rival(arms.rival.engine, trial))
    said = world.ask().json()
    assert broken.asked.is_set()
    assert said["model"]["bundle"] == bundle.digest
    assert [row.arm for row in rows(world)] == ["champion"]


def test_a_shadow_that_takes_another_sample_for_white_gets_the_file_decoded_anew(served, other):
    class Twelve(Held):
        samples = SampleRange(12)

        def answers(self, images: Any) -> Any:
            self.seen = images[0]
            return self._engine.answers(images)

    buffer = io.BytesIO()
    Image.fromarray(np.full((9, 9), 4095, dtype=np.uint16)).save(buffer, "PNG")
    twelve = Twelve(other)
    world = served("shadow", rival=twelve)
    assert world.ask(buffer.getvalue()).status_code == 200
    until(lambda: world.service.shadow.counts.answered == 1)
    assert twelve.seen.min() == 255, "4095 is white of 12 bits, and dark grey of 16"


def test_what_stays_behind_goes_last_alone_and_is_left_when_the_dispatcher_ends():
    class Noted:
        digest, together, order, may = "x", 8, [], threading.Event()

        def answers(self, images: Any) -> Any:
            self.may.wait(60)
            self.order.append([int(image) for image in images])
            return list(images)

    noted, told = Noted(), []
    dispatcher = Dispatcher(lambda seconds, pictures: told.append(pictures))
    futures = [dispatcher.submit(noted, 0, time.monotonic() + 60)]
    until(lambda: not dispatcher._waiting)
    futures += [dispatcher.submit(noted, n, float("inf"), behind=True) for n in (100, 101)]
    futures += [dispatcher.submit(noted, n, time.monotonic() + 60) for n in (1, 2, 3)]
    noted.may.set()
    for future in futures:
        future.result(60)
    assert noted.order == [[0], [1, 2, 3], [100], [101]]
    assert told == [1, 3], "admission plans with what clients wait for alone"
    noted.may.clear()
    dispatcher.submit(noted, 4, time.monotonic() + 60)
    until(lambda: not dispatcher._waiting)
    left = [dispatcher.submit(noted, n, float("inf"), behind=True) for n in (102, 103)]
    threading.Timer(0.05, noted.may.set).start()
    dispatcher.close()
    assert all(future.cancelled() for future in left)


def test_the_models_page_says_what_is_compared_and_why_it_was_stopped(served, other):
    world = served("challenger", 0.25)
    said = world.client.get("/v1/models", headers=world.headers()).json()["experiment"]
    assert (said["name"], said["arm"], said["share"], said["stopped"]) == ("trial", "challenger", 0.25, "")
    assert said["model"]["bundle"] == other.digest
    world.service.arms.stop("it was slower")
    assert world.client.get("/v1/models", headers=world.headers()).json()["experiment"]["stopped"] == "it was slower"
