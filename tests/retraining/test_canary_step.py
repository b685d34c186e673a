"""The canary of a retraining: it waits for answers of services, goes on by stages, and is rolled back by itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.retraining.conftest import HandClock
from tests.store.conftest import record as record  # a fixture

from assay.gate.verdict import Verdict
from assay.retraining.step import ENDS, VERDICT, WAITS, StepContext
from assay.retraining.step_settings import StepSettings
from assay.retraining.steps.canary import CanaryStep
from assay.store.canaries import ROLLED_BACK, SHARE, canary_of
from assay.store.experiments import STOPPED, note_experiment
from assay.store.ids import new_id
from assay.store.prediction_log import log_predictions
from assay.store.subjects import add_subject

CHAMPION, CANDIDATE = "a" * 64, "b" * 64


def judged(run: str) -> Verdict:
    """A verdict that let a run pass."""
    about = {"model": "stones", "run_id": run, "run_name": "late", "backbone": "baseline_cnn", "author": "retraining"}
    gate = {"gate": "trial", "gate_digest": "9" * 64, "checks": (), "decision": "promote", "override": None}
    champion = {"champion": "1", "champion_digest": CHAMPION, "bundle_digest": CANDIDATE, "test_digest": "e" * 64}
    commit = {"time": "2026-03-02T01:00:00+00:00", "git_commit": "abc", "lock_digest": "f" * 64}
    return Verdict(**about, **gate, **champion, **commit, n=200, challenger=2, metrics={})


@dataclass
class Reigns:
    """Stands for the workshop, of which the step takes settings, store and who reigns."""

    store: Any
    settings: StepSettings
    digest: str = CHAMPION
    kept_back: list[Any] = field(default_factory=list)

    def reigning(self) -> Any:
        return SimpleNamespace(bundle_digest=self.digest)

    def registry_of(self, recipe: Any) -> Any:
        return SimpleNamespace(keep_back=lambda verdict, **about: self.kept_back.append((verdict.run_id, about)))


class Trial:
    """A canary of 30 pictures looked on at, then 20 answered, each within seven days."""

    def __init__(self, store, run, clock, record, folder) -> None:
        self.store, self.run, self.clock, self.folder = store, run, clock, folder
        subject = store.write(lambda connection: add_subject(connection, "ada"))
        self.record = record(subject.id)
        settings = StepSettings(canary_shadow=30, canary_share=0.1, canary_answers=20, canary_days=7)
        self.workshop = Reigns(store, settings)
        self.earlier: dict[str, Any] = {}
        judged("r" * 32).save(folder / "verdict.json")

    def look(self) -> dict[str, Any]:
        gate = {"bundle": CANDIDATE, "verdict_file": str(self.folder / "verdict.json")}
        results = {"train": {"run": "r" * 32}, "gate": gate, "recipe": {"bundle": CHAMPION}}
        context = StepContext(self.run, self.folder, results, self.clock, {}, self.earlier, lambda: None)
        result = dict(CanaryStep(self.workshop).run(context))
        self.earlier = result if WAITS in result else self.earlier  # as the ledger hands it to the next attempt
        return result

    def name(self, stage: str) -> str:
        return f"canary-{self.run.id[-12:]}-{stage}"

    def answers(self, count: int, arm: str, stage: str, bundle: str = CANDIDATE) -> None:
        about = {"arm": arm, "bundle": bundle, "experiment": self.name(stage)}
        made = [replace(self.record, id=new_id(), request=new_id(), **about) for _ in range(count)]
        self.store.write(lambda connection: log_predictions(connection, made))

    def stop(self, stage: str, why: str) -> None:
        name = self.name(stage)
        self.store.write(lambda connection: note_experiment(connection, STOPPED, name, {"why": why}))

    def stage(self) -> str:
        with self.store.reading() as connection:
            return canary_of(connection, self.run.id).stage


@pytest.fixture
def canary(store, taken, clock, record, tmp_path) -> Trial:
    return Trial(store, taken(), clock, record, tmp_path)


def test_it_looks_on_at_so_many_then_answers_so_many_then_is_through(canary):
    assert canary.look()[WAITS] == "canary, looking on: 0 pictures so far"
    canary.answers(29, "shadow", "shadow")
    canary.answers(50, "shadow", "shadow", bundle="c" * 64)
    canary.answers(50, "champion", "shadow", bundle=CHAMPION)
    assert "29 pictures" in canary.look()[WAITS]
    canary.answers(1, "shadow", "shadow")
    assert canary.look()["stage"] == SHARE == canary.stage()
    canary.answers(19, "challenger", "share")
    assert "answering a share of the keys: 19" in canary.look()[WAITS]
    canary.answers(1, "challenger", "share")
    made = canary.look()
    assert made["stage"] == "passed" == canary.stage()
    assert WAITS not in made
    assert ENDS not in made


@pytest.mark.parametrize("stage", ["shadow", "share"])
def test_what_a_service_has_stopped_is_rolled_back_with_its_reason(canary, stage):
    canary.look()
    if stage == "share":
        canary.answers(30, "shadow", "shadow")
        canary.look()
    canary.answers(3, "shadow" if stage == "shadow" else "challenger", stage)
    canary.stop(stage, "it failed more often: 9 of 40")
    made = canary.look()
    assert made[ENDS] == "the canary was rolled back: it failed more often: 9 of 40"
    assert made[VERDICT] == ROLLED_BACK == canary.stage()
    counts = {"stage": stage, "answered": 3, "pictures": 30 if stage == "shadow" else 20}
    kept = ("r" * 32, {"reason": "it failed more often: 9 of 40", "counts": counts})
    assert canary.workshop.kept_back == [kept]
    assert canary.look() == made, "killed before the ledger knew: the same again"
    assert canary.workshop.kept_back == [kept, kept]


def test_where_nobody_sends_enough_within_its_days_the_candidate_is_kept_back(canary, clock: HandClock):
    canary.look()
    canary.answers(29, "shadow", "shadow")
    clock.go(days=6.9)
    assert WAITS in canary.look()
    clock.go(days=0.2)
    assert canary.look()[ENDS].endswith("it answered 29 of 30 pictures in 7 days")


def test_each_stage_has_its_own_days(canary, clock: HandClock):
    canary.look()
    canary.answers(30, "shadow", "shadow")
    clock.go(days=6)
    assert canary.look()["stage"] == SHARE
    clock.go(days=6)
    assert WAITS in canary.look()
    clock.go(days=2)
    assert ENDS in canary.look()


def test_another_champion_ends_it_and_without_a_canary_nothing_is_waited_for(canary):
    canary.look()
    canary.workshop.digest = "d" * 64
    assert "another champion was promoted meanwhile" in canary.look()[ENDS]
    canary.workshop, canary.earlier = Reigns(canary.workshop.store, StepSettings()), {}
    assert canary.look() == {"stage": "off"}


def test_a_canary_that_has_begun_goes_on_where_somebody_calls_without_its_words(canary):
    canary.look()
    canary.workshop = Reigns(canary.workshop.store, StepSettings())
    assert canary.look()[WAITS] == "canary, looking on: 0 pictures so far"
