"""A rival that fails, rejects or dawdles more than the champion is stopped; one that is equal is left alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact

from assay.serving.arms import Experiment, Rival
from assay.serving.engine import Engine
from assay.serving.guard import Guard
from assay.serving.harm import (
    ALPHA,
    HitCount,
    keys_above,
    level_of_look,
    p_more_of_pairs,
    p_more_often,
    slower_by,
)
from assay.serving.origin import Origin
from assay.store.experiments import experiment_lines
from serving_world import World, png


class Answered:
    """Stands for a record, of which the guard looks at these alone."""

    def __init__(self, key: str, person: bool, ms: float) -> None:
        self.key, self.for_a_person, self.engine_ms = key, person, ms


class Direct(Guard):
    """Looks when it is due, at once, and is over when it has stopped."""

    def __init__(self) -> None:
        self.why = ""
        super().__init__(self._note)

    def _note(self, why: str) -> None:
        self.why = why

    def _look_when_due(self) -> None:
        if self._rival.requests >= self._next:
            self._next = int(np.ceil(1.5 * self._rival.requests))
            self.look()


def run(rng: np.random.Generator, *, arm: str = "challenger", n: int = 3_000, **rival: float) -> str:
    """One experiment: 60 keys of very different pictures; the rival differs by what is given, else in nothing."""
    guard = Direct()
    rejects = rng.beta(0.5, 2.0, 60)
    millis = rng.lognormal(3.0, 0.3, 60)
    activity = rng.lognormal(0, 1.0, 60)
    picked = rng.random(60) < 0.3
    given: Any = None
    for key in rng.choice(60, size=n, p=activity / activity.sum()):
        for mine in (False, True) if arm == "shadow" else (bool(picked[key]),):
            share = min(1.0, rejects[key] + (rival.get("rejects", 0.0) if mine else 0.0))
            ms = millis[key] * rng.lognormal(0, 0.2) * (rival.get("slower", 1.0) if mine else 1.0)
            record: Any = Answered(str(key), bool(rng.random() < share), ms)
            if rng.random() < 0.001 + (rival.get("fails", 0.0) if mine else 0.0):
                guard.failed(arm if mine else "champion")
            elif mine and arm == "shadow":
                guard.paired(given, record)
            else:
                guard.answered(arm if mine else "champion", [record])
                given = record
        if guard.why:
            break
    guard.close()
    return guard.why


def test_the_levels_of_all_looks_and_questions_sum_to_the_stated_rate():
    assert 3 * sum(level_of_look(look) for look in range(1, 100_000)) == pytest.approx(ALPHA, rel=1e-4)


@pytest.mark.parametrize("counts", [(3, 20, 1, 200), (20, 20, 0, 100), (0, 5, 3, 9), (2, 2, 0, 1)])
def test_the_first_question_is_fishers(counts):
    hits, n, others, m = counts
    expected = fisher_exact([[hits, n - hits], [others, m - others]], alternative="greater").pvalue
    assert p_more_often(HitCount(hits, n), HitCount(others, m)) == pytest.approx(expected)
    assert p_more_often(HitCount(3, 3), HitCount(0, 0)) == 1.0


def test_pairs_are_tossed_by_a_coin():
    assert p_more_of_pairs(5, 0) == pytest.approx(1 / 32)
    assert p_more_of_pairs(0, 5) == pytest.approx(1.0)
    assert p_more_of_pairs(0, 0) == pytest.approx(1.0)


def test_keys_are_counted_and_not_their_pictures():
    assert keys_above([0.9, 0.2], [0.1, 0.1, 0.0, 0.1]) == (HitCount(2, 2), HitCount(0, 4))
    assert keys_above([], []) == (HitCount(0, 0), HitCount(0, 0))


def test_slower_are_those_whose_95th_percentile_is_bounded_away_by_a_factor_and_a_margin():
    rng = np.random.default_rng(1)
    base = list(rng.exponential(10.0, 2_000))
    assert slower_by([3 * ms for ms in base[:300]], base, level=0.001) is not None
    assert slower_by([1.3 * ms for ms in base[:300]], base, level=0.001) is None, "not by the factor"
    quick = [ms / 10 for ms in base]
    assert slower_by([5 * ms for ms in quick[:300]], quick, level=0.001) is None, "nor by the margin"
    assert slower_by([1e6] * 20, base[:50], level=0.001) is None, "of 50 no bound of this level is to be had"
    low, high = slower_by([10 * ms for ms in base], base, level=0.05)
    assert low < 10 * np.quantile(base, 0.95)
    assert high > np.quantile(base, 0.95)


def test_bounds_of_a_percentile_hold_as_often_as_they_say():
    rng, outside = np.random.default_rng(2), 0
    true = 10.0 * -np.log(0.05)
    for _ in range(2_000):
        sample = list(rng.exponential(10.0, 200))
        bounds = slower_by([1000 + ms for ms in sample], sample, level=0.1)
        assert bounds is not None
        outside += (bounds[0] > 1000 + true) + (bounds[1] < true)
    assert outside <= binom.ppf(0.9999, 2_000, 0.1)


@pytest.mark.parametrize("arm", ["challenger", "shadow"])
def test_a_rival_that_is_no_worse_is_stopped_hardly_more_often_than_stated(arm):
    runs = 150
    stopped = [why for seed in range(runs) if (why := run(np.random.default_rng(seed), arm=arm, n=1_500))]
    assert len(stopped) <= binom.ppf(0.999, runs, ALPHA), stopped


@pytest.mark.parametrize("arm", ["challenger", "shadow"])
@pytest.mark.parametrize(
    ("harm", "said"),
    [({"fails": 0.2}, "failed more often"), ({"rejects": 0.6}, "to a person"), ({"slower": 4.0}, "was slower")],
)
def test_a_rival_that_does_harm_is_stopped_with_the_reason(arm, harm, said):
    whys = [run(np.random.default_rng(100 + seed), arm=arm, **harm) for seed in range(3)]
    assert all(said in why for why in whys), whys


def test_another_bundle_is_counted_anew_and_looks_are_not():
    guard = Direct()
    for _ in range(19):
        guard.failed("challenger")
    guard.begin_anew()
    for n in range(200):
        guard.answered("champion", [Answered(str(n), False, 1.0)])
        guard.answered("challenger", [Answered(str(n), False, 1.0)])
    assert (guard.why, guard._looks) == ("", 6), "at 20, 30, 45, 68, 102 and 153"
    guard.begin_anew()
    guard.look()
    assert guard._looks == 7
    guard.close()


class Broken:
    """An engine that cannot answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def answers(self, images: Any) -> Any:
        raise RuntimeError("a broken graph")


@pytest.mark.parametrize("arm", ["challenger", "shadow"])
def test_a_served_rival_that_fails_is_stopped_by_itself_shown_and_on_record(tmp_path, engine, tiny_bundle, arm):
    broken = Broken(Engine.start(tiny_bundle(seed=5), Origin("tiny", "tiny", "4")))
    world = World(tmp_path, engine, Rival(broken, Experiment("trial", arm, 0.5)), per_minute=1000)
    try:
        trials = (Experiment(f"trial {n}", arm, 0.5) for n in range(99))
        experiment = next(each for each in trials if each.picks(world.ids["classify"]))
        world.service.arms.begin(Rival(broken, experiment))
        for n in range(40):
            assert world.ask(png(n)).json()["model"]["bundle"] == engine.digest
        end = time.monotonic() + 30
        while not world.service.arms.stopped:
            assert time.monotonic() < end
            time.sleep(0.01)
        shown = world.client.get("/v1/models", headers=world.headers()).json()["experiment"]["stopped"]
        assert "it failed more often" in shown
        world.store.write(lambda connection: None)
        with world.store.reading() as connection:
            (line,) = experiment_lines(connection)
        assert (line.kind, line.content["why"], line.name) == ("experiment stopped", shown, experiment.name)
    finally:
        world.close()


@pytest.mark.parametrize("arm", ["challenger", "shadow"])
def test_a_start_of_the_service_goes_on_with_counts_and_looks_of_before(tmp_path, engine, tiny_bundle, arm):
    other = Engine.start(tiny_bundle(seed=5), Origin("tiny", "tiny", "4"))
    names = (f"trial {n}" for n in range(999))
    seen: list[tuple[Any, ...]] = []
    experiment: Any = None
    for start in range(2):
        world = World(tmp_path, engine, Rival(other, experiment or Experiment("trial", arm, 0.5)))
        if experiment is None:
            trials = (Experiment(name, arm, 0.5) for name in names)
            experiment = next(each for each in trials if each.picks(world.ids["classify"]))
            world.service.arms.begin(Rival(other, experiment))
            world.service.guard.begin_anew()
        guard = world.service.guard
        seen.append(state(guard))
        if not start:
            for n in range(12):
                world.ask(png(n))
            guard.failed(arm)
            guard.failed("champion")
            guard._next = 45
            guard.look()
            guard.look()
            end = time.monotonic() + 30
            while guard._rival.requests < 13:
                assert time.monotonic() < end
                time.sleep(0.01)
            world.store.write(lambda connection: None)
            seen.append(state(guard))
        guard.look()
        assert guard._looks == (3 if not start else 4)
        world.close()
    assert seen[0] != seen[1] == seen[2]
    assert seen[2][0][0][:2] == (1 if arm == "challenger" else 13, 1)
    assert seen[2][0][1][:2] == (13, 1)


def state(guard: Guard) -> tuple[Any, ...]:
    arms = [
        (each.requests, each.failures, list(each.ms), dict(each.asked), dict(each.rejected))
        for each in (guard._champion, guard._rival)
    ]
    return arms, guard._rival_alone, guard._champion_alone, guard._next
