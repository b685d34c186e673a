"""A sweep as the training of a retraining: around the champion's recipe, gone on with after a kill, best on val."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.retraining.conftest import HandClock

from assay.errors import ConfigError
from assay.retraining.job import RUNNING, SCHEDULE, JobRun
from assay.retraining.step import StepContext
from assay.retraining.steps.sweep import SweepStep, searched, with_words
from assay.retraining.steps.train import TrainStep
from assay.run.recorded_run import RecordedRun
from assay.tracking.interrupt import Terminated
from finished import Finished
from retrained_world import RetrainedWorld

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
GRID = (f"optimizer.lr=choice({','.join(map(str, RATES))})", "hydra/sweeper/sampler=grid", "hydra.sweeper.n_trials=5")


@pytest.fixture
def champion(finished_run: Finished) -> Any:
    from assay.tracking.store import TrackingStore

    root = finished_run.root
    store = TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", work=f"{root}/work")
    return RecordedRun(store.find(finished_run.run_id)).config


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Any]]:
    """Trainings of which only the rate matters: .01 is best; the process is asked to end in one of them."""

    def stand_in(ends_at: int) -> list[Any]:
        configs: list[Any] = []

        def train(config: Any) -> Any:
            configs.append(config)
            if len(configs) == ends_at:
                raise Terminated(15)
            return SimpleNamespace(objectives={"val/macro_f1": 1 - abs(config.optimizer.lr - 0.01)})

        monkeypatch.setattr("assay.run.train.train", train)
        return configs

    return stand_in


@pytest.mark.slow
def test_it_goes_on_after_a_kill_and_what_is_trained_then_is_the_champions_recipe_with_the_best_of_val(
    exported_run: Finished, tmp_path: Path, trained
):
    world = RetrainedWorld(tmp_path, exported_run.copied(tmp_path / "mlruns"))
    workshop, folder = world.workshop(sweep=GRID), tmp_path / "slot"
    folder.mkdir()
    run = JobRun("0199-retraining", "weekly", "2026-03-02T02:00:00.000Z", SCHEDULE, RUNNING)
    results: dict[str, Any] = {"recipe": {"run": world.run.run_id}, "labels": {"folder": ""}}
    context = StepContext(run, folder, results, HandClock(), {}, {}, lambda: None)
    configs = trained(3)
    with pytest.raises(Terminated):
        SweepStep(workshop).run(context)
    made = SweepStep(workshop).run(context)
    assert made["trials"] == {"complete": 5}
    assert sorted(config.optimizer.lr for config in configs[:2] + configs[3:]) == list(RATES)
    assert made["overrides"] == ["optimizer.lr=0.01"]
    assert SweepStep(workshop).run(context) == made
    assert len(configs) == 6, "a study that is complete trains nothing more"
    results["sweep"] = made
    recorded, candidate = workshop.recipe_with(results), TrainStep(workshop).config(context)
    assert candidate.optimizer.lr == 0.01 != recorded.optimizer.lr
    assert {key for key in recorded if recorded[key] != candidate[key]} == {"optimizer"}
    assert {config.evaluation["_target_"] for config in configs} != {candidate.evaluation["_target_"]} or all(
        config.evaluation != candidate.evaluation for config in configs
    ), "trials are measured on val alone, the candidate as the champion was"
    world.close()


def test_a_group_is_replaced_as_a_whole_and_a_value_alone(champion):
    made = with_words(champion, ["loss=focal", "optimizer.lr=0.5"])
    assert made.loss["_target_"].endswith("Focal") or "focal" in str(made.loss["_target_"]).lower()
    assert made.optimizer == {**champion.optimizer, "lr": 0.5}
    assert {key for key in champion if champion[key] != made[key]} == {"loss", "optimizer"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("optimizer.lr=0.1",), "something that varies"),
        ((*GRID[:1], "hydra.sweeper.n_trial=5"), "n_trial: no such key"),
        (("loss=choice(focal,crossentropy)",), "loss"),
        (
            (GRID[0], "hydra.sweeper.metrics=[val/macro_f1,val/accuracy]", "hydra/sweeper/pruner=none"),
            "no trial is the best in all",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(champion, words, message):
    with pytest.raises(ConfigError, match=message):
        searched(words, champion)
