"""What is typed gets into records, so nothing outside of the config is looked up."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assay.config.check import check
from assay.config.compose import compose, looking_in
from assay.config.interpolations import resolvers_in
from assay.config.recipe import read_recipe
from assay.errors import ConfigError
from assay.gate.settings import TARGET as GATE


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")


@pytest.mark.parametrize(
    "word",
    [
        "name=${oc.env:SECRET}",
        "name='run ${oc.env:SECRET}'",
        "data.root=${oc.env:SECRET}/x",
        "+data.root=${oc.decode:${oc.env:SECRET}}",
        "tracking.experiment=${ oc.env : SECRET }",
        "seed=${oc.decode:'1'}",
        "cache=${oc.env:SECRET}",
        "hydra.sweep.dir=${oc.env:SECRET}",
        "registry.name=${hydra:runtime.cwd}",
        "registry={name: '${oc.env:SECRET}'}",
    ],
)
def test_a_resolver_is_refused_wherever_it_is_typed(word: str) -> None:
    with pytest.raises(ConfigError, match="nothing outside of the config is looked up") as refused:
        compose(["data=folder", word])
    assert "hunter2" not in str(refused.value)


def test_a_resolver_behind_the_name_of_a_key_is_seen_too() -> None:
    assert resolvers_in("${${name}:SECRET}") == ["${name}"]
    with pytest.raises(ConfigError, match="nothing outside"):
        compose(["name=oc.env", "registry.name=${${name}:SECRET}"])


def test_other_keys_of_the_config_may_be_named_and_ours_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE", "/there")
    config = compose(["data.split_seed=${seed}", "seed=3"])
    check(config)
    assert (config.data.split_seed, config.cache) == (3, "/there")


def test_an_escaped_sign_is_refused_because_the_record_would_look_it_up() -> None:
    with pytest.raises(ConfigError, match=r"^name: \$\{oc.env:SECRET\}: a record holds values"):
        check(compose([r"name=\${oc.env:SECRET}"]))


def test_a_file_of_ones_own_looks_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("# @package _global_\nname: ${oc.env:SECRET}\n")
    with looking_in(str(tmp_path)):
        config = compose(["experiment=mine"])
    with pytest.raises(ConfigError, match=r"^name: \$\{oc.env:SECRET\}: .*nothing outside"):
        check(config)
    gate = {"checks": {"a": {"_target_": "assay.gate.checks.floor.Floor", "metric": "${oc.env:SECRET}", "at_least": 0}}}
    (tmp_path / "gate.yaml").write_text(yaml.safe_dump(gate))
    with pytest.raises(ConfigError, match="nothing outside"):
        read_recipe("gate", str(tmp_path / "gate.yaml"), [], GATE)


@pytest.mark.parametrize("text", ["hydra: {searchpath: [pkg://evil]}\n", "hydra/launcher: x\n"])
def test_a_recipe_does_not_say_where_hydra_looks(tmp_path: Path, text: str) -> None:
    (tmp_path / "gate.yaml").write_text(f"{text}checks: {{}}\n")
    with pytest.raises(ConfigError, match="a gate says nothing to Hydra"):
        read_recipe("gate", str(tmp_path / "gate.yaml"), [], GATE)
