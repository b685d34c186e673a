"""Studies as several processes see them, with trials that cost nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from assay.config.compose import conf_dir, groups
from assay.errors import ConfigError, StudyError
from assay.sweep.abandoned_trials import PROCESS
from assay.sweep.identity import study_name
from assay.sweep.search_space import read_space
from assay.sweep.settings import SweepSettings, read_settings
from assay.sweep.storage import JOURNAL
from assay.sweep.study import Study, open_study
from assay.sweep.summary import summarise

SPACE = read_space(["optimizer.lr=tag(log,interval(1e-4,1))", "loss=choice(focal,cross_entropy)"])
GRID = read_space(["seed=range(3)", "loss=choice(focal,cross_entropy)"])


def option(group: str, name: str) -> dict[str, object]:
    return dict(yaml.safe_load((conf_dir() / "hydra" / "sweeper" / group / f"{name}.yaml").read_text()))


def settings(sampler: str = "random", pruner: str = "none", **others: object) -> SweepSettings:
    return read_settings({"sampler": option("sampler", sampler), "pruner": option("pruner", pruner), **others})


Opening = Callable[..., AbstractContextManager[Study]]


@pytest.fixture
def opened(tmp_path: Path) -> Opening:
    @contextmanager
    def opening(asked: SweepSettings, space: object = SPACE, name: str = "s") -> Iterator[Study]:
        with open_study(name, space, asked, tmp_path) as study:  # type: ignore[arg-type]
            yield study

    return opening


def finish(study: Study, limit: int = 1000) -> list[dict[str, object]]:
    """Run trials; the value is a function of the point."""
    points = []
    while len(points) < limit and (trial := study.next_trial()):
        points.append(trial.point)
        study.succeeded(trial, [float(trial.point.get("optimizer.lr", trial.point.get("seed", 0)))])
    return points


def die(study: Study) -> dict[str, object]:
    """Begin a trial as a process that is gone now."""
    trial = study.next_trial()
    assert trial is not None
    tags = {**trial.optuna.user_attrs[PROCESS], "assay.pid": "999999999"}
    trial.optuna.set_user_attr(PROCESS, tags)
    return trial.point


@pytest.mark.slow
@pytest.mark.parametrize("sampler", groups()["hydra/sweeper/sampler"])
def test_every_sampler_finishes_a_study_and_finds_the_best(opened: Opening, sampler: str) -> None:
    space = GRID if sampler == "grid" else SPACE
    with opened(settings(sampler, n_trials=13), space) as study:
        points = finish(study)
        summary = summarise(study)
    assert len(points) == (6 if sampler == "grid" else 13)
    key = "seed" if sampler == "grid" else "optimizer.lr"
    assert summary.best[0].values["val/macro_f1"] == max(float(str(point[key])) for point in points)
    assert summary.counts == {"complete": len(points)}


@pytest.mark.parametrize("sampler", ["random", "tpe", "nsga2", "cmaes", "grid"])
def test_a_study_that_was_killed_draws_what_it_would_have_drawn(tmp_path: Path, sampler: str) -> None:
    asked = settings(sampler, n_trials=14)
    space = GRID if sampler == "grid" else SPACE
    with open_study("whole", space, asked, tmp_path / "whole") as study:
        whole = finish(study)
    with open_study("killed", space, asked, tmp_path / "killed") as study:
        first = finish(study, limit=4)
        lost = die(study)
    with open_study("killed", space, asked, tmp_path / "killed") as study:
        second = finish(study)
        trials = study.trials()
    assert second[0] == lost, "the trial in flight is tried again first"
    if sampler != "grid":
        assert first + second == whole
    assert sorted(map(str, first + second)) == sorted(map(str, whole))
    assert len(set(map(str, first + second))) == len(whole), "nothing is drawn twice"
    assert len({trial.number for trial in trials}) == len(whole), (
        "the lost one is not counted, its number not used again"
    )
    assert 4 not in {trial.number for trial in trials}


def test_what_was_half_written_at_the_kill_is_cut_off(opened: Opening, tmp_path: Path) -> None:
    with opened(settings(n_trials=6)) as study:
        finish(study, limit=3)
    with (tmp_path / JOURNAL).open("ab") as journal:
        journal.write(b'{"op_code":5,"worker_id":"a')
    with opened(settings(n_trials=6)) as study:
        assert len(finish(study)) == 3
        assert len(study.trials()) == 6


def test_the_number_of_trials_is_the_total_and_can_grow(opened: Opening) -> None:
    with opened(settings(n_trials=3)) as study:
        assert len(finish(study)) == 3
    with opened(settings(n_trials=3)) as study:
        assert finish(study) == []
    with opened(settings(n_trials=5)) as study:
        assert len(finish(study)) == 2


def test_two_workers_share_a_study_and_neither_waits(opened: Opening) -> None:
    with opened(settings(n_trials=5)) as one, opened(settings(n_trials=5)) as other:
        slow = one.next_trial()
        assert slow is not None
        assert len(finish(other)) == 4, "all others are done while the first trial runs"
        one.succeeded(slow, [0.5])
        assert one.next_trial() is None
        assert len({trial.params["optimizer.lr"] for trial in one.trials()}) == 5


def test_a_trial_that_kills_its_process_each_time_fails_at_last(opened: Opening) -> None:
    with opened(settings(n_trials=2, retries=2, max_failure_rate=1.0)) as study:
        points = [die(study) for _ in range(3)]
        assert points[0] == points[1] == points[2]
        assert len(finish(study)) == 1
        failed = [trial for trial in study.trials() if trial.state.name == "FAIL"]
        assert "killed in each of 3 attempts" in failed[0].user_attrs["error"]


def test_a_trial_at_work_in_another_process_is_left_alone(opened: Opening) -> None:
    with opened(settings(n_trials=2)) as study:
        trial = study.next_trial()
        assert trial is not None
        assert trial.optuna.user_attrs[PROCESS]["assay.pid"] == str(os.getpid())
        assert len(finish(study)) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_not_a_number_is_a_failed_trial(opened: Opening, value: float) -> None:
    with opened(settings(n_trials=4)) as study:
        trial = study.next_trial()
        assert trial is not None
        study.succeeded(trial, [value])
        finish(study)
        summary = summarise(study)
    assert summary.counts == {"complete": 3, "failed": 1}
    assert summary.table["error"][0] == f"val/macro_f1 is {value}"


def test_the_study_ends_above_the_failure_rate_and_goes_on_when_it_is_raised(opened: Opening) -> None:
    with opened(settings(n_trials=20, max_failure_rate=0.5)) as study:
        for _ in range(3):
            trial = study.next_trial()
            assert trial is not None
            study.failed(trial, "no memory")
        with pytest.raises(StudyError, match=r"3 of 3 trials failed.*max_failure_rate=0.5.*trial 2: no memory"):
            study.next_trial()
    with opened(settings(n_trials=20, max_failure_rate=0.9)) as study:
        assert len(finish(study)) == 17


def test_several_metrics_give_the_pareto_front(opened: Opening) -> None:
    asked = settings("nsga2", n_trials=4, metrics=["val/macro_f1", "ms"], directions=["maximize", "minimize"])
    quality_and_cost = [(0.9, 30.0), (0.8, 10.0), (0.7, 20.0), (0.95, 50.0)]
    with opened(asked) as study:
        for values in quality_and_cost:
            trial = study.next_trial()
            assert trial is not None
            study.succeeded(trial, values)
        assert [best.number for best in summarise(study).best] == [0, 1, 3]


@pytest.mark.parametrize("pruner", groups()["hydra/sweeper/pruner"])
def test_a_pruner_stops_what_is_behind(opened: Opening, pruner: str) -> None:
    stopped = 0
    with opened(settings(pruner=pruner, n_trials=20)) as study:
        while trial := study.next_trial():
            level = 1.0 if trial.number < 8 else 0.1
            for epoch in range(20):
                reason = trial.report({"val/macro_f1": level - 0.01 * epoch, "val/loss": 1.0}, epoch)
                if reason:
                    assert f"trial {trial.number} after epoch {epoch}: val/macro_f1" in reason
                    study.pruned(trial)
                    stopped += 1
                    break
            else:
                study.succeeded(trial, [level])
        assert summarise(study).counts.get("pruned", 0) == stopped
    assert (stopped > 0) == (pruner != "none")


def test_a_study_is_not_mixed_with_another_search(opened: Opening) -> None:
    with opened(settings()):
        pass
    with (
        pytest.raises(ConfigError, match=r"begun with another search space.*take another name"),
        opened(settings(), GRID),
    ):
        pass


def test_a_grid_refuses_an_interval(opened: Opening) -> None:
    with opened(settings("grid")) as study, pytest.raises(ConfigError, match=r"optimizer\.lr is an interval"):
        study.next_trial()


def test_sqlite_is_refused_for_a_second_worker(opened: Opening, tmp_path: Path) -> None:
    asked = settings(storage=f"sqlite:///{tmp_path}/studies.db", n_trials=2)
    with opened(asked) as study:
        assert len(finish(study)) == 2
        with pytest.raises(ConfigError, match="SQLite is not for several workers"), opened(asked):
            pass
    with opened(asked) as study:
        assert finish(study) == []


def test_a_database_that_cannot_be_opened_says_so_without_its_password(opened: Opening) -> None:
    with (
        pytest.raises(ConfigError, match="cannot be opened") as caught,
        opened(settings(storage="postgresql://me:secret@127.0.0.1:1/none")),
    ):
        pass
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("metrics", "directions"),
    [
        (["val/loss"], ["minimize"]),
        (["val/accuracy"], ["maximize"]),
        (["val/macro_f1", "cost/latency_p95_ms", "cost/size_mb"], ["maximize", "minimize", "minimize"]),
    ],
)
def test_a_metric_is_searched_for_in_the_direction_in_which_it_gets_better(
    metrics: list[str], directions: list[str]
) -> None:
    assert settings("tpe", metrics=metrics).directions == directions


def test_the_same_command_has_the_same_study_whatever_its_number_of_trials() -> None:
    words = ["optimizer.lr=interval(0,1)", "seed=1"]
    name = study_name(settings(n_trials=5), words)
    assert name == study_name(settings(n_trials=50), words[::-1])
    assert name != study_name(settings(), ["optimizer.lr=interval(0,2)", "seed=1"])
    assert name != study_name(replace(settings(), seed=1), words)
    assert study_name(settings(study_name="mine"), words) == "mine"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"n_trails": 3}, "hydra.sweeper.n_trails: no such key; did you mean n_trials?"),
        ({"n_trials": 0}, "hydra.sweeper.n_trials: must be at least 1, got 0"),
        ({"max_failure_rate": 1.5}, "hydra.sweeper.max_failure_rate: must be"),
        (
            {"workers": 2, "storage": "sqlite:///studies.db"},
            "workers=2 with hydra.sweeper.storage=sqlite:///studies.db: SQLite is not for several workers",
        ),
        (
            {"metrics": ["a", "b"], "directions": ["maximize"] * 2, "sampler": option("sampler", "cmaes")},
            "sampler=cmaes with several metrics: CMA-ES moves towards one best point",
        ),
        ({"directions": ["maximise"]}, "maximise: did you mean maximize?"),
        ({"metrics": ["val/loss"], "directions": ["maximize"]}, "val/loss gets better when it is lower"),
        ({"metrics": ["flavour"]}, "which side of flavour is better is not known"),
        ({"metrics": ["test/accuracy"]}, "a search looks at val alone; did you mean val/accuracy?"),
        ({"metrics": ["macro_f1"]}, "no search can be for it; did you mean val/macro_f1?"),
        ({"metrics": ["val/acuracy"]}, "did you mean val/accuracy?"),
        ({"directions": ["maximize", "minimize"]}, "one for each of the 1 metrics is needed, got 2"),
        ({"sampler": {"_target_": "os.system"}}, "os.system is not allowed"),
        ({"sampler": {"_target_": "optuna.samplers._tpe.sampler.TPESampler", "n_startup": 1}}, "n_startup_trials"),
        (
            {"metrics": ["a", "b"], "directions": ["maximize"] * 2, "pruner": option("pruner", "median")},
            "use hydra/sweeper/pruner=none",
        ),
    ],
)
def test_a_wrong_setting_is_answered_before_anything_starts(wrong: dict[str, object], said: str) -> None:
    right = {"sampler": option("sampler", "tpe"), "pruner": option("pruner", "none")}
    with pytest.raises(ConfigError) as caught:
        read_settings({**right, **wrong})
    assert said in str(caught.value)
