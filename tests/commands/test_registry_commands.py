"""`assay history`, `assay rollback` and `assay models`, on a model that was registered by other means and accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from assay.cli import main
from assay.commands.history import COMMAND as HISTORY
from assay.config.compose import compose
from assay.errors import GateError
from assay.registry.open_registry import registry_of, store_of
from assay.registry.promote import warn_of_what_does_not_hold
from assay.registry.registry import Registry
from assay.registry.request import HistoryRequest
from assay.run.config_digest import config_digest


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> list[str]:
    """Where the store is; "cells" has version 1, whose alias somebody set in MLflow, and "empty" nothing."""
    folder = store_in(tmp_path_factory.mktemp("store"))
    given = [f"tracking.uri=sqlite:///{folder}/mlflow.db", f"tracking.artifacts={folder}/artifacts"]
    given.append(f"tracking.work={folder}/mlruns/work")
    client = store_of(compose(given)).client
    client.create_registered_model("empty")
    client.create_registered_model("cells")
    client.create_model_version("cells", str(folder), tags={"backbone": "resnet50"})
    client.set_registered_model_alias("cells", "champion", "1")
    return given


def said(capsys: pytest.CaptureFixture[str], words: list[str], *, code: int = 0) -> str:
    """What a command prints, on both channels, with its lines joined."""
    if code:
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == code
    else:
        main(words)
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())


def _registry(words: list[str]) -> Registry:
    config = HISTORY.parse(words)[1]
    return registry_of(config, store_of(config))


def test_an_alias_that_was_set_by_hand_is_said_fails_verification_and_is_accepted_openly(
    capsys: pytest.CaptureFixture[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    model = [*words, "name=cells"]
    assert "nobody has been judged yet" in said(capsys, ["history", *model])
    found = said(capsys, ["history", *model, "--verify"], code=1)
    assert "GateError: cells: it does not hold: - the alias champion was moved without the gate: it stands at" in found
    assert "assay history --accept" in found
    assert "∅ not judged" in said(capsys, ["models", *model])
    warn_of_what_does_not_hold(_registry(model))
    assert "The candidate is judged, but nothing is promoted on top" in capsys.readouterr().err
    assert "reason: a value is needed" in said(capsys, ["history", *model, "--accept"], code=1)
    shown = said(capsys, ["history", *model, "--accept", "reason=it reigned before", "by=Ada", "--verify"])
    assert "± accepted │ Ada │ it reigned before (accepted: the alias champion was moved without" in shown
    assert "champion version 1" in shown
    assert "✓ it holds" in shown
    warn_of_what_does_not_hold(_registry(model))
    assert capsys.readouterr().err == ""
    assert "nothing was found that does not hold" in said(capsys, ["history", *model, "--accept", "reason=x"], code=1)


def test_all_models_are_shown_with_a_page(
    capsys: pytest.CaptureFixture[str], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    page = tmp_path / "pages" / "all.html"
    shown = said(capsys, ["models", *words, f"output={page}"])
    assert "cells" in shown
    assert "empty" in shown
    assert "★ champion" in shown
    assert "0 judged: 0 passed, 0 refused, 0 overridden" in shown
    assert "There is no current champion." in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("typed", "said_so", "code"),
    [
        (["rollback", "reason="], "reason: a value is needed; it is written into the history", 2),
        (["rollback", "to=two", "reason=x"], "to=two: must be the number of a version", 2),
        (["rollback", "reason=x", "name=cells"], "cells: there is no previous champion to go back to", 1),
        (
            ["rollback", "to=1", "reason=x", "name=cells"],
            "version 1 was never promoted by the gate",
            1,
        ),
        (["history", "reason=x"], "reason: goes with --accept; take it away", 2),
        (["history", "--verfy"], "--verfy: cannot be understood; did you mean --verify?", 2),
        (["history", "model=resnet50"], "model=resnet50: nothing is trained here", 2),
        (["history", "registry.nam=x"], "did you mean name?", 2),
        (["history", "name=a/b"], "registry.name='a/b': a registered model is named with up to 200 characters", 1),
        (["history", "name=cell", "--verify"], "so nothing was verified; did you mean cells? (options: cells, emp", 1),
        (["models", "name=cell"], "cell: no such model; did you mean cells? (options: cells, empty)", 1),
        (["models", "registry.history=http://me:secret@h"], "http://me:***@h: the history is kept in SQLite,", 1),
    ],
)
def test_what_cannot_be_is_answered_with_what_can(
    capsys: pytest.CaptureFixture[str], words: list[str], typed: list[str], said_so: str, code: int
) -> None:
    assert said_so in said(capsys, [*typed, *words], code=code)


def test_the_model_is_named_like_the_experiment_unless_it_is_said(words: list[str]) -> None:
    _, config = HISTORY.parse([*words, "tracking.experiment=grades"])
    assert registry_of(config, store_of(config)).name == "grades"
    request, config = HISTORY.parse([*words, "name=night shift", "--verify", "by=Ada"])
    assert registry_of(config, store_of(config)).name == "night shift"
    assert request == HistoryRequest(verify=True, by="Ada")


def test_a_server_needs_a_database_for_the_history(words: list[str]) -> None:
    config = compose([*words])
    store = store_of(config)
    store.uri = "http://host:5000"
    with pytest.raises(GateError, match=r"http://host:5000 is a tracking server.*set registry.history to a database"):
        registry_of(config, store)


def test_where_a_model_is_registered_has_no_effect_on_a_training() -> None:
    plain, named = compose(), compose(["registry.name=cells", "registry.history=/a/history.db"])
    assert config_digest(plain) == config_digest(named)
    without = OmegaConf.create(OmegaConf.to_container(plain))
    del without.registry
    assert config_digest(without) == config_digest(plain), "digests of runs before there was a registry stay"
