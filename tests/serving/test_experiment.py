"""An experiment: refused where nothing can be compared, on record from its start to its end, and stopped for good."""

from __future__ import annotations

import re

import pytest
from omegaconf import OmegaConf

from assay.cli import main
from assay.errors import ConfigError
from assay.serving.arms import Arms, Experiment, Rival
from assay.serving.engine import Engine
from assay.serving.experiment import begin_experiment, end_experiment, start_rival, stop_experiment
from assay.serving.origin import Origin
from assay.serving.settings import ServeRequest, refuse_mixed_experiments
from assay.store.experiments import experiment_lines, stopped_before
from assay.store.tables import PREDICTIONS
from assay.store.trail import trail_findings
from serving_world import World


@pytest.fixture(scope="module")
def other(tiny_bundle):
    return Engine.start(tiny_bundle(seed=5), Origin("tiny", "tiny", "4"))


@pytest.fixture
def world(tmp_path, engine, other):
    made = World(tmp_path, engine, Rival(other, Experiment("trial", "shadow")))
    yield made
    made.close()


def test_a_rival_is_loaded_by_the_words_that_name_it_and_named_after_both_bundles(engine, other, tmp_path):
    config = OmegaConf.create({"cache": str(tmp_path)})
    request = ServeRequest(challenger=str(other.bundle.folder), share=0.2)
    rival = start_rival(request, config, engine)
    assert rival.engine.digest == other.digest
    assert rival.experiment == Experiment(f"{engine.digest[:8]}-{other.digest[:8]}", "challenger", 0.2)
    named = start_rival(ServeRequest(shadow=str(other.bundle.folder), experiment="new head"), config, engine)
    assert named.experiment == Experiment("new head", "shadow", 1.0)
    assert start_rival(ServeRequest(), config, engine) is None


def test_a_model_is_not_compared_with_itself(engine, tmp_path):
    config = OmegaConf.create({"cache": str(tmp_path)})
    with pytest.raises(ConfigError, match="cannot be compared with tiny, version 3: both arms are the same bundle"):
        start_rival(ServeRequest(shadow=str(engine.bundle.folder)), config, engine)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("challenger=a", "shadow=b"), "do not go together"),
        (("experiment=trial",), "nothing is compared"),
        (("shadow=a", "experiment=' '"), "at most 64 letters"),
        (("shadow=a", "experiment=a/b"), "at most 64 letters"),
        (("shadow=a", f"experiment={'x' * 65}"), "at most 64 letters"),
        (("challenger=a", "share=0"), "share"),
        (("challenger=a", "share=1"), "share"),
        (("challenger=a", "share=nan"), "share"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_loaded(words, said, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["assay", "serve", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code in (1, 2)
    assert said in capsys.readouterr().err


def test_the_settings_that_the_message_names_make_it_an_experiment(engine, other, tmp_path):
    with pytest.raises(ConfigError, match="nothing is compared") as refused:
        refuse_mixed_experiments(ServeRequest(experiment="trial"))
    settings = re.findall(r"(\w+)=MODEL", str(refused.value))
    assert sorted(settings) == ["challenger", "shadow"]
    for setting in settings:
        asked = ServeRequest(experiment="trial", **{setting: str(other.bundle.folder)})
        refuse_mixed_experiments(asked)
        rival = start_rival(asked, OmegaConf.create({"cache": str(tmp_path)}), engine)
        assert (rival.experiment.name, rival.experiment.arm) == ("trial", setting)


def test_start_and_end_are_lines_of_the_trail_and_a_new_start_goes_on(world, engine, other):
    arms, store = world.service.arms, world.store
    begin_experiment(store, arms)
    end_experiment(store, arms, {"answered": 7})
    begin_experiment(store, arms)
    with store.reading() as connection:
        lines = experiment_lines(connection, "trial")
        assert experiment_lines(connection, "another") == []
        assert trail_findings(connection) == []
    assert [line.kind for line in lines] == ["experiment started", "experiment ended", "experiment started"]
    bundles = {"champion": engine.digest, "rival": other.digest, "experiment": "trial"}
    assert lines[0].content == {"arm": "shadow", "share": 1.0, **bundles}
    assert lines[1].content == {"answered": 7, **bundles}
    assert not arms.stopped


def test_what_was_stopped_does_not_come_back_with_the_service_but_another_name_begins(world, engine, other):
    arms, store = world.service.arms, world.store
    begin_experiment(store, arms)
    assert stop_experiment(store, arms, "it was slower")
    assert not stop_experiment(store, arms, "and again")
    end_experiment(store, arms, {})
    store.write(lambda connection: None)
    with store.reading() as connection:
        assert [line.kind for line in experiment_lines(connection)] == ["experiment started", "experiment stopped"]
        assert stopped_before(connection, "trial") == "it was slower"
        assert stopped_before(connection, "trial 2") == ""
    again = Arms(engine, Rival(other, Experiment("trial", "challenger", 0.9)))
    begin_experiment(store, again)
    assert again.stopped == "it was slower"
    fresh = Arms(engine, Rival(other, Experiment("trial 2", "challenger", 0.9)))
    begin_experiment(store, fresh)
    assert fresh.stopped == ""


def test_where_a_swap_leaves_nothing_to_compare_it_is_said(world, engine, other):
    arms = world.service.arms
    assert arms.no_comparison == ""
    arms.champion.swap(other)
    assert arms.no_comparison == "both arms are the same bundle"


def test_after_a_stop_answers_belong_to_no_experiment(world):
    world.ask()
    world.service.arms.stop("enough")
    world.ask()
    with world.store.reading() as connection:
        names = [row.experiment for row in connection.execute(PREDICTIONS.select()) if row.arm == "champion"]
    assert sorted(names) == ["", "trial"]
