"""Options are composed once and values set afterwards: what comes out is what Hydra makes of all words at once."""

from __future__ import annotations

from typing import Any

import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from omegaconf import DictConfig, OmegaConf, open_dict

from assay.config.chosen import divided
from assay.config.compose import compose, conf_dir
from finished import TINY

WORDS = [
    [],
    [*TINY, "data.root=/photos", "tracking.uri=sqlite:////a/mlflow.db"],
    ["seed=3", "aug=[strong,robust,mixup]", "finetune.epochs=4"],
    ["model=timm", "model.name=resnet18", "+model.more={a: [1, 2], b: null}"],
    ["data=folder", "data.root=photos", "data.classes=[a,b]", "~data.ordered"],
    ["++a.b.c=1", "+d=${a.b.c}", "ood/detector=knn"],
    ["~aug", "model={weights: none}"],
    ["calibration=none", "trainer={batch_size: 4}", "trainer.batch_size=5"],
]


def nodes(config: Any, place: str = "") -> list[str]:
    """Every node with its place, kind, type, flags and value as it stands there."""
    about = config._metadata
    said = [f"{place} {type(config).__name__} {about.ref_type} {about.object_type} {about.optional} {about.flags}"]
    plain = not isinstance(config, DictConfig) or config._is_none() or config._is_missing()
    if plain or config._is_interpolation():
        return [*said, repr(config._value())] if not isinstance(config, DictConfig) else said
    return [*said, *(line for key in config for line in nodes(config._get_node(key), f"{place}.{key}"))]


@pytest.mark.parametrize("words", WORDS)
def test_a_config_is_what_hydra_makes_of_all_words(words: list[str]) -> None:
    composed = [compose(words), compose(words)]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        expected = hydra_compose("train", overrides=words)
    for config in composed:
        assert OmegaConf.to_yaml(config) == OmegaConf.to_yaml(expected)
        assert nodes(config) == nodes(expected)


def test_who_changes_a_config_changes_no_other() -> None:
    config = compose(["model=timm", "model.name=resnet18"])
    with open_dict(config):
        config.model.name = "another"
        config.data.image_size = 7
    again = compose(["model=timm", "model.name=resnet50"])
    assert (again.model.name, again.data.image_size) == ("resnet50", compose([]).data.image_size)
    assert again.data.image_size != 7


@pytest.mark.parametrize("word", ["hydra.job.name=x", "hydra/launcher=joblib", "seed=1,2", "seed=range(3)", "data@x=a"])
def test_what_is_hydras_own_is_left_to_it(word: str) -> None:
    assert divided(["seed=1", word], [conf_dir()]) is None
