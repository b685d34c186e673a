"""A config that came with a run builds what this version offers as an option; what a person names himself goes on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from assay.config.check import check
from assay.config.compose import compose, conf_dir, groups, looking_in
from assay.config.kinds import KINDS, is_offered, kind_at
from assay.config.recorded import read_recorded
from assay.errors import ConfigError

RMSPROP = "torch.optim.rmsprop.RMSprop"
SOURCES = Path(__file__).parents[2] / "src"


def written(folder: Path, *words: str, **parts: Any) -> Path:
    file = folder / "config.yaml"
    values: Any = OmegaConf.to_container(compose(words), resolve=True)
    file.write_text(yaml.safe_dump({**values, **parts}))
    return file


def test_what_a_run_recorded_is_read_back_as_it_was(tmp_path: Path) -> None:
    words = ["loss=focal", "loss.gamma=3", "aug=[strong,mixup]", "optimizer=sgd"]
    config = read_recorded(written(tmp_path, *words))
    assert OmegaConf.to_container(config) == OmegaConf.to_container(compose(words), resolve=True)


def test_a_class_that_a_person_named_is_built_for_him_and_not_from_a_file_that_came_along(tmp_path: Path) -> None:
    words = [f"optimizer._target_={RMSPROP}", "~optimizer.betas"]
    check(compose(words))
    file = written(tmp_path, *words)
    with pytest.raises(ConfigError, match=rf"config.yaml: optimizer._target_: {RMSPROP} is no option of this version"):
        read_recorded(file)
    own = tmp_path / "mine" / "optimizer"
    own.mkdir(parents=True)
    (own / "rmsprop.yaml").write_text(f"_target_: {RMSPROP}\n_partial_: true\nlr: 0.01\n")
    with looking_in(str(tmp_path / "mine")):
        assert read_recorded(file).optimizer["_target_"] == RMSPROP


def test_a_run_of_before_lacks_keys_that_are_younger_and_is_read(tmp_path: Path) -> None:
    values: Any = OmegaConf.to_container(compose(), resolve=True)
    del values["data"]["copies"], values["sampler"]["allow_stacking"]
    assert read_recorded(written(tmp_path, **values)).data.image_size == 224


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: ${oc.env:HOME}", "name: .* a record holds values"),
        ("name: ${seed}", "name: .* a record holds values"),
        ("{}", "this is not the config of a run"),
        ("[1, 2]", "must hold keys and values"),
        ("a: [", "cannot be read as a config"),
        ("a: !!python/object/apply:os.getcwd []", "cannot be read as a config"),
        ("[" * 3000, "cannot be read as a config"),
    ],
)
def test_a_file_that_holds_something_else_than_values_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError, match=why):
        read_recorded(tmp_path / "config.yaml")


def test_every_class_that_an_option_names_stands_at_a_place_of_its_kind() -> None:
    for group, options in groups().items():
        for option in options if not group.startswith(("hydra", "experiment", "debug", "sweep", "ood/")) else ():
            config: Any = OmegaConf.to_container(compose([f"{group}={option}", *NEEDED.get(option, ())]), resolve=False)
            for place, target in _targets(config):
                assert kind_at(place), place
                assert is_offered(target, place), (place, target)
    assert {place.partition(".")[0] for place in KINDS} - {"gate", "hydra"} <= {
        path.name for path in conf_dir().iterdir()
    }


NEEDED = {"ldam_drw": ["head=cosine"]}


def _targets(node: Any, place: str = "") -> list[tuple[str, str]]:
    if not isinstance(node, dict):
        return []
    own = [(place, node["_target_"])] if "_target_" in node else []
    return own + [each for key, value in node.items() for each in _targets(value, f"{place}.{key}".lstrip("."))]


@pytest.mark.parametrize(
    ("call", "doors"),
    [
        (r"\binstantiate\(|hydra\.utils|get_class\(|get_method\(|get_object\(", {"config/targets.py"}),
        (r"OmegaConf\.load\(", {"config/recorded.py", "gate/integrity.py"}),
        (
            r"yaml\.(unsafe_load|full_load|UnsafeLoader|FullLoader)|pickle\.loads?\(|joblib\.load\(",
            {"launchers/portable.py"},
        ),
        (r"torch\.load\((?!.*weights_only=True)", set()),
        (r"\beval\(|\bexec\((?!_module)", set()),
    ],
)
def test_nothing_goes_past_the_one_door(call: str, doors: set[str]) -> None:
    users = {
        path.relative_to(SOURCES / "assay").as_posix()
        for path in (SOURCES / "assay").rglob("*.py")
        if any(re.search(call, line) and ".eval()" not in line for line in path.read_text("utf-8").splitlines())
    }
    assert users == doors
