"""Words that messages of commands, studies and sweeps ask for: typed as they are printed, they are taken."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from assay.commands.catalogue import find_command
from assay.config.check import check
from assay.config.compose import compose
from assay.errors import AssayError, ConfigError
from assay.serving.settings import ServeRequest, refuse_open_doors
from assay.studies.study.plan import read_plan
from assay.sweep.search_space import read_space
from assay.sweep.settings import read_settings


def asked_for(pattern: str, message: str) -> tuple[str, ...]:
    """What stands in the groups of a pattern, which is what a person would type."""
    printed = re.search(pattern, message)
    assert printed is not None, message
    return printed.groups()


def refused(command: str, *words: str) -> str:
    with pytest.raises(ConfigError) as caught:
        find_command(command).parse(list(words))
    return str(caught.value)


def test_a_command_takes_the_one_thing_that_it_asks_for(tmp_path: Path) -> None:
    for word in asked_for("(bundle=FOLDER), (run=RUN_ID)", refused("bench")):
        find_command("bench").parse([word])
    (word,) = asked_for("(batch=DIR)", refused("classify"))
    find_command("classify").parse([word.replace("DIR", str(tmp_path))])
    run, gate = asked_for("(run=ID) (gate=NAME)", refused("promote", "one", "run=other"))
    asked = find_command("promote").parse([run, gate.replace("NAME", "default")])
    assert (asked[0].run, asked[0].gate) == ("ID", "default")


def test_seeds_and_folds_of_a_study_are_named_as_its_own() -> None:
    message = refused("study", "study=cross_validation", "data.folds=3")
    words = asked_for(r"(study\.seeds=\[0,1,2\]) or (study\.folds=5)", message)
    name, study, common = read_words("study=cross_validation", *words)
    assert len(read_plan(name, study, common).places) == 3 * 5


def read_words(*words: str) -> tuple[str, list[str], list[str]]:
    request: Any = find_command("study").parse(list(words))[0]
    return request.recipe, list(request.study), list(request.common)


def test_a_variant_is_a_list_as_it_is_shown(tmp_path: Path) -> None:
    recipe = tmp_path / "study.yaml"
    recipe.write_text("question: Which?\nbaseline: plain\nvariants:\n  plain: []\n  better: sampler=weighted\n")
    with pytest.raises(ConfigError) as caught:
        read_plan(str(recipe), [], [])
    (shown,) = asked_for(r"as in (\[sampler=weighted\])", str(caught.value))
    recipe.write_text(recipe.read_text().replace("better: sampler=weighted", f"better: {shown}"))
    assert read_plan(str(recipe), [], []).variants[1].overrides == ("sampler=weighted",)


def test_a_sweep_varies_what_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        read_space(["seed=1"])
    words = asked_for(r"varies: (\S+), '(\S+)', '(\S+)'", str(caught.value))
    assert set(read_space(words).dimensions) == {"model", "optimizer.lr", "data.image_size"}


def test_a_sweep_of_several_metrics_has_the_sampler_and_the_pruner_that_are_named(
    sweeper: dict[str, Any],
) -> None:
    pruned = {**sweeper, "metrics": ["val/macro_f1", "val/loss"], "pruner": option("pruner", "median")}
    with pytest.raises(ConfigError) as caught:
        read_settings(pruned)
    (word,) = asked_for("use hydra/sweeper/(pruner=none)", str(caught.value))
    both = {**pruned, "pruner": option(*word.split("="))}
    pytest.importorskip("cmaes")
    with pytest.raises(ConfigError) as caught:
        read_settings({**both, "sampler": option("sampler", "cmaes")})
    (word,) = asked_for("use hydra/sweeper/(sampler=nsga2) or tpe", str(caught.value))
    read_settings({**both, "sampler": option(*word.split("="))})
    read_settings({**both, "sampler": option("sampler", "tpe")})


@pytest.fixture
def sweeper() -> dict[str, Any]:
    from omegaconf import OmegaConf

    from assay.config.compose import compose_sweeper

    node = OmegaConf.to_container(compose_sweeper(["hydra/sweeper=optuna"]), resolve=False)
    assert isinstance(node, dict)
    return {str(key): value for key, value in node.items() if not key.startswith("_")}


def option(group: str, name: str) -> dict[str, Any]:
    import yaml

    from assay.config.compose import conf_dir

    return dict(yaml.safe_load((conf_dir() / "hydra" / "sweeper" / group / f"{name}.yaml").read_text()))


def test_a_service_is_for_this_machine_or_behind_the_proxy_that_is_named() -> None:
    message = refusal_of(ServeRequest(host="0.0.0.0"))
    (proxy,) = asked_for(r"\((proxy=\S+)\)", message)
    (host,) = asked_for(r"\((host=\S+)\)", message)
    for words in (["host=0.0.0.0", proxy], [host]):
        refuse_open_doors(find_command("serve").parse(words)[0])


def refusal_of(request: ServeRequest) -> str:
    with pytest.raises(ConfigError) as caught:
        refuse_open_doors(request)
    return str(caught.value)


def test_completion_of_hydra_is_asked_for_as_the_message_says(capfd: pytest.CaptureFixture[str]) -> None:
    from assay.cli import main

    with pytest.raises(SystemExit):
        main(["train", "--shell-completion"])
    install, uninstall, shell = asked_for(
        r"give (install=SHELL) or (uninstall=SHELL) alone, where SHELL is one of (\w+)", capfd.readouterr().err
    )
    for word in (install, uninstall):
        main(["train", "--shell-completion", word.replace("SHELL", shell)])
        assert "hydra_bash_completion" in capfd.readouterr().out


def test_weights_from_elsewhere_are_named_beside_an_architecture() -> None:
    from assay.models.preflight import check_model, repository_in

    with pytest.raises(ConfigError) as caught:
        check_model("owner/name", "pretrained")
    name, weights = asked_for(r"model\.name=(resnet50) model\.weights=(\S+)$", str(caught.value))
    check_model(name, "none")
    assert repository_in(weights) == ("owner/name", None)


def test_the_small_network_has_no_weights_but_random_ones() -> None:
    from assay.models.backbone import build_backbone

    with pytest.raises(AssayError) as caught:
        build_backbone("baseline_cnn", "pretrained")
    (weights,) = asked_for(r"use model\.weights=(\w+)", str(caught.value))
    assert build_backbone("baseline_cnn", weights).name == "baseline_cnn"


def test_weights_of_another_architecture_are_taken_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    from assay.models import weights

    state = timm.create_model("test_resnet").state_dict()
    monkeypatch.setattr(weights, "_fetch", lambda repository, revision: state)
    monkeypatch.setattr(weights, "_about", lambda repository, revision: {"architecture": "test_resnet"})
    with pytest.raises(AssayError) as caught:
        weights.find_weights("test_convnext", "hf-hub:owner/name")
    words = asked_for(r"use (model=timm) (model\.name=\w+)", str(caught.value))
    config = compose([*words, "model.weights=hf-hub:owner/name", "finetune=full"])
    assert weights.find_weights(config.model.name, config.model.weights) is not None


def test_boxes_are_cut_from_pictures_and_embeddings_are_mixed() -> None:
    import torch

    from assay.augment.mixing.cutmix import require_pictures

    with pytest.raises(ConfigError) as caught:
        require_pictures(torch.zeros(4, 8))
    for word in asked_for(r"use (aug=\w+), or train on pictures with (finetune=\w+)", str(caught.value)):
        check(compose([word] if word.startswith("aug") else ["aug=cutmix", word]))


def test_nothing_is_calibrated_where_there_are_no_images() -> None:
    import numpy as np

    from assay.config.targets import build
    from conftest import predictions

    empty = predictions(np.zeros(0, dtype=np.int64), np.zeros((0, 3), dtype=np.float32), split="calib")
    with pytest.raises(AssayError) as caught:
        build(compose(["calibration=temperature"]).calibration).fit(empty)
    build(compose([*asked_for("set (calibration=none)", str(caught.value))]).calibration).fit(empty)


def test_pictures_without_statistics_have_no_quick_checks() -> None:
    import numpy as np

    from assay.postprocess.ood.quick_checks import QuickChecks
    from conftest import predictions

    with pytest.raises(AssayError) as caught:
        QuickChecks().fit(predictions(np.zeros(4, dtype=np.int64), np.zeros((4, 3), dtype=np.float32), split="train"))
    config = compose([*asked_for(r"set (ood\.checks=null)", str(caught.value))])
    check(config)
    assert config.ood.checks is None


def test_the_predicted_class_is_explained_where_the_true_one_is_not_known() -> None:
    from assay.explain.cases import ExplainedCase, with_target
    from assay.explain.maps import ImageFile

    case = ExplainedCase(ImageFile("a", Path("a.png")), "asked", 1, 0.9, None, 1, "a")
    with pytest.raises(AssayError) as caught:
        with_target([case], "true", ["jade", "onyx"])
    (word,) = asked_for(r"use (target=\w+)", str(caught.value))
    target = find_command("explain").parse(["run=abcd", word])[0].target
    assert with_target([case], target, ["jade", "onyx"]) == [case]


def test_a_study_is_begun_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], fresh_database: Path
) -> None:
    from assay.cli import main

    monkeypatch.chdir(tmp_path)
    Path("mlruns").mkdir()
    shutil.copy(fresh_database, "mlruns/mlflow.db")
    with pytest.raises(SystemExit):
        main(["decide", "study=backbones", "policy=amulet_roadmap"])
    (word,) = asked_for("begin one with assay (study)", capfd.readouterr().err)
    main([word, "study=ablation_imbalance", "plan=true", "data=folder", f"data.root={tmp_path}"])
    assert "sampler=" in capfd.readouterr().out


def test_the_best_trials_of_a_sweep_are_trained_and_tested() -> None:
    from assay.sweep.words import command

    line, left_out = command(["model=efficientnet_b0", "evaluation=val"], {"optimizer.lr": 0.01, "loss": "focal"})
    assert left_out == ("evaluation=val",)
    words = shlex.split(line)
    assert words[:2] == ["assay", "train"]
    config = compose(words[2:])
    assert (config.optimizer.lr, config.loss.gamma) == (0.01, 2.0)
    assert find_command("compare").parse(["3f2a", "91bc"])[0].runs == ("3f2a", "91bc")


def test_a_champion_that_does_not_load_is_left_for_the_one_before() -> None:
    asked = find_command("rollback").parse(["to=1", "reason=damaged", "by=Ada"])[0]
    assert (asked.to, asked.by) == ("1", "Ada")


def test_a_watcher_that_never_looked_looks_once() -> None:
    from assay.housekeeping.doctor.checks.watcher import START

    (word,) = asked_for("^assay watch (once);", START)
    find_command("watch").parse([word])
