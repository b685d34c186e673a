import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra.utils import get_object
from omegaconf import OmegaConf

from assay.config.signature import signature_of
from assay.config.targets import build
from assay.models.backbone import Backbone

CONF = Path(__file__).parents[2] / "conf"
FILES = [
    path
    for group in ("model", "head", "loss", "optimizer", "scheduler")
    for path in sorted((CONF / group).glob("*.yaml"))
]


def node_of(path: Path) -> dict[str, Any]:
    """An option may bring others with it, and then names its group."""
    values = OmegaConf.to_container(OmegaConf.load(path))
    return values.get(path.parent.name, values)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}={path.stem}")
def test_every_value_of_an_option_is_one_that_its_target_takes(path):
    values = node_of(path)
    signature, _ = signature_of(values["_target_"])
    assert path.read_text().removeprefix("# @package _global_\n").startswith("# ")
    for key, value in values.items():
        if not key.startswith("_"):
            assert key in signature
            assert value == "???" or signature[key].problem(value) is None


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name != "model"], ids=lambda path: path.stem)
def test_an_option_of_ours_states_every_default_and_the_right_one(path):
    values = node_of(path)
    plain = [other for other in FILES if other.parent == path.parent and path.stem.startswith(f"{other.stem}_")]
    of_one_kind = [node_of(other) for other in plain if node_of(other)["_target_"] == values["_target_"]]
    if not values["_target_"].startswith("assay."):
        return
    parameters = inspect.signature(get_object(values["_target_"])).parameters
    given_by_run = ("labels", "classes", "embedding_dim", "head_scale", "teacher_logits")
    stated = {
        name: "???" if parameter.default is parameter.empty else parameter.default
        for name, parameter in parameters.items()
        if name not in given_by_run
    }
    given = {key: value for key, value in values.items() if key != "_target_"}
    if of_one_kind:  # novelty_kinds is novelty with another value
        assert given.keys() == stated.keys()
    else:
        assert given == stated


MODELS = [path for path in sorted((CONF / "model").glob("*.yaml")) if path.stem != "ensemble"]  # it is built of runs


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_model_can_be_built(path):
    node = node_of(path) | {"weights": "none"}
    if path.stem == "timm":
        node["name"] = "test_resnet"
    with torch.device("meta"):
        assert isinstance(build(node), Backbone)


def test_optimizers_take_groups_and_losses_take_what_only_a_run_knows():
    weight = torch.nn.Parameter(torch.zeros(2, 2))
    for name in ("adamw", "sgd"):
        optimizer = build(OmegaConf.load(CONF / f"optimizer/{name}.yaml"))([{"params": [weight], "lr": 0.5}])
        assert optimizer.param_groups[0]["lr"] == 0.5
        assert optimizer.defaults["weight_decay"] > 0
    loss = build(OmegaConf.load(CONF / "loss/cross_entropy.yaml"), labels=[0, 1], classes=2)
    assert loss(torch.zeros(1, 2), torch.tensor([1])).item() == pytest.approx(0.6931, abs=1e-3)
