"""What varies in some trials only: drawn by a function of the person's, and drawn again after a kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.errors import ConfigError, StudyError
from assay.sweep.conditional import Conditional, WrongDraw, read_conditional
from assay.sweep.identity import study_name
from assay.sweep.search_space import SearchSpace, read_space
from assay.sweep.settings import SweepSettings
from assay.sweep.study import Study, open_study
from assay.sweep.summary import summarise

WORDS = ["loss=choice(focal,cross_entropy)", "data=folder", "data.root='a, b'"]
HOOK = """
def refine(point, draw):
    assert point["data.root"] == "a, b"
    if point["loss"] == "focal":
        gamma = draw("loss.gamma=interval(0.5,5)")
        assert isinstance(gamma, float) and point["loss.gamma"] == gamma
        assert draw("trainer.batch_size=int(interval(8,64))") >= 8
    else:
        draw("aug=mixup")

def raising(point, draw):
    raise KeyError("lost")

def wrong(point, draw):
    {body}

def lonely(point):
    pass
"""


def hook(folder: Path, body: str = "pass", function: str = "refine") -> str:
    (folder / "hook.py").write_text(HOOK.replace("{body}", body))
    return f"{folder}/hook.py:{function}"


def space(name: str, words: list[str] = WORDS) -> SearchSpace:
    return read_space(words, conditional=read_conditional(name))


Configured = Callable[..., SweepSettings]


def finish(study: Study, limit: int = 100) -> list[list[str]]:
    """Run trials; gives the overrides of each."""
    overrides = []
    while len(overrides) < limit and (trial := study.next_trial()):
        study.draw_conditional(trial)
        overrides.append(study.space.overrides(trial.point, trial.also))
        study.succeeded(trial, [float(trial.point.get("loss.gamma", 0.1))])
    return overrides


@pytest.mark.parametrize("sampler", ["random", "tpe", "cmaes"])
def test_a_condition_decides_what_is_drawn_and_the_summary_says_so(
    tmp_path: Path, configured: Configured, sampler: str
) -> None:
    with open_study("s", space(hook(tmp_path)), configured(sampler, n_trials=14), tmp_path) as study:
        ran = finish(study)
        summary = summarise(study)
    focal = [words for words in ran if "loss=focal" in words]
    assert 0 < len(focal) < 14
    for words in ran:
        assert words[:2] == ["data=folder", "data.root='a, b'"]
        assert any(word.startswith("loss.gamma=") for word in words) == (words in focal)
        assert any(word.startswith("trainer.batch_size=") for word in words) == (words in focal)
        assert ("aug=mixup" in words) == (words not in focal)
    (best,) = summary.best
    assert "loss=focal" in best.overrides
    assert f"loss.gamma={best.values['val/macro_f1']}" in best.overrides
    assert list(summary.table["aug"] == "mixup") == ["loss=focal" not in words for words in ran]
    assert list(summary.table["loss.gamma"].notna()) == ["loss=focal" in words for words in ran]


def test_a_killed_trial_gets_its_conditional_values_again(
    tmp_path: Path, configured: Configured, killed: Callable[..., None]
) -> None:
    name = hook(tmp_path)
    asked = configured(n_trials=9, seed=1)
    with open_study("whole", space(name), asked, tmp_path / "whole") as study:
        whole = finish(study)
    lost = next(place for place, words in enumerate(whole) if "loss=focal" in words and place > 1)
    with open_study("killed", space(name), asked, tmp_path / "killed") as study:
        first = finish(study, limit=lost)
        killed(study, drawn=True)
    with open_study("killed", space(name), asked, tmp_path / "killed") as study:
        again = finish(study, limit=1)
        killed(study, drawn=False)  # killed before anything conditional was drawn
    with open_study("killed", space(name), asked, tmp_path / "killed") as study:
        assert first + again + finish(study) == whole
        assert study.optuna.trials[lost + 1].user_attrs["attempt"] == 2


def test_what_is_typed_stands_against_what_is_drawn(tmp_path: Path, configured: Configured) -> None:
    words = ["loss=focal", "loss.gamma=2", "data.root='a, b'", "trainer.batch_size=choice(16,32)"]
    body = "assert draw('loss.gamma=interval(0.5,5)') == '2' and draw('trainer.batch_size=range(9)') in ('16', '32')"
    with open_study("s", space(hook(tmp_path, body, "wrong"), words), configured(n_trials=3), tmp_path) as study:
        for overrides in finish(study):
            assert sum(word.startswith("loss.gamma") for word in overrides) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("draw('loss.gamma=interval(5,1)')", "goes from a smaller number to a larger one"),
        ("draw('loss.gamma=interval(')", "cannot be understood"),
        ("draw('loss=choice(focall,focal)'), draw('model=choice(resnet5O)')", "did you mean focal?"),
        ("draw('seed=range(3)'), draw('seed=range(4)')", "seed was drawn from Numbers(low=0, high=2"),
        (
            "draw('seed=' + ('range(3)' if point['loss'] == 'focal' else 'range(4)'))",
            "take another hydra.sweeper.",
        ),
        ("draw(3)", "must be text, an override as on the command line, got int"),
    ],
)
def test_a_draw_that_cannot_be_ends_the_sweep(tmp_path: Path, configured: Configured, body: str, said: str) -> None:
    name = hook(tmp_path, body, "wrong")
    with (
        open_study("s", space(name), configured(n_trials=20), tmp_path) as study,
        pytest.raises(WrongDraw) as caught,
    ):
        finish(study)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"hydra.sweeper.conditional={name}: draw(")


def test_a_function_that_raises_says_where(tmp_path: Path, configured: Configured) -> None:
    name = hook(tmp_path, function="raising")
    with (
        open_study("s", space(name), configured(n_trials=3), tmp_path) as study,
        pytest.raises(StudyError, match=r"hook.py:raising: KeyError: 'lost' \(hook.py, line 12\)"),
    ):
        finish(study)


def test_the_point_cannot_be_written(tmp_path: Path, configured: Configured) -> None:
    name = hook(tmp_path, "point['loss'] = 'focal'", "wrong")
    with (
        open_study("s", space(name), configured(n_trials=3), tmp_path) as study,
        pytest.raises(StudyError, match="does not support item assignment"),
    ):
        finish(study)


def test_a_function_that_has_moved_is_still_known_by_its_name_of_before() -> None:
    before = read_conditional("assay.studies.sweep.corrections:one_correction")
    assert type(before) is type(read_conditional("assay.sweep.corrections:one_correction"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{}/hook.py:refinee", "no such function in .*hook.py; did you mean refine?"),
        ("{}/hok.py:refine", "there is no file .*hok.py, seen from "),
        ("{}/hook.py", "must be FILE.py:FUNCTION or package.module:FUNCTION"),
        ("{}/broken.py:refine", r"cannot be imported: ZeroDivisionError: division by zero \(broken.py, line 1\)"),
        ("{}/hook.py:lonely", r"must take two arguments, \(point, draw\)"),
        ("no.such.module:refine", "cannot be imported: ModuleNotFoundError: No module named 'no'"),
        ("assay.sweep.corrections:one_corection", "did you mean one_correction?"),
    ],
)
def test_a_function_that_is_not_there_is_answered_at_once(tmp_path: Path, name: str, said: str) -> None:
    hook(tmp_path)
    (tmp_path / "broken.py").write_text("1 / 0")
    with pytest.raises(ConfigError, match=said):
        read_conditional(name.format(tmp_path))


def test_another_function_is_another_search(tmp_path: Path, configured: Configured) -> None:
    hook(tmp_path)
    names = [f"{tmp_path}/hook.py:{function}" for function in ("refine", "wrong")]
    with open_study("s", space(names[0]), configured(), tmp_path):
        pass
    for other in (space(names[1]), read_space(WORDS)):
        with (
            pytest.raises(ConfigError, match=r"begun with another search space: .*hook.py:refine"),
            open_study("s", other, configured(), tmp_path),
        ):
            pass
    told = {study_name(configured(conditional=name), WORDS) for name in (None, *names)}
    assert len(told) == 3


def test_a_grid_has_no_conditions(configured: Configured) -> None:
    with pytest.raises(ConfigError, match=r"sampler=grid with hydra.sweeper.conditional=m:f: a grid is counted before"):
        configured("grid", conditional="m:f")


def test_a_function_may_draw_everything(tmp_path: Path, configured: Configured) -> None:
    conditional = Conditional("all", lambda point, draw: draw("seed=range(100)"))
    with open_study("s", read_space([], conditional=conditional), configured(n_trials=4), tmp_path) as study:
        assert len({str(words) for words in finish(study)}) > 1
