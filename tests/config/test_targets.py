from __future__ import annotations

import pytest
import yaml

from assay.config.check import check_node
from assay.config.compose import conf_dir
from assay.config.targets import build, refusal_of, targets_in
from assay.errors import ConfigError, WeightsError

BACKBONE = {"_target_": "assay.models.backbone.build_backbone", "name": "baseline_cnn"}


def test_what_a_class_refuses_is_said_in_its_own_words() -> None:
    with pytest.raises(ConfigError, match=r"^model\.stages=2: baseline_cnn is used as a whole; leave model\.stages"):
        build({**BACKBONE, "weights": "none", "stages": 2})
    with pytest.raises(WeightsError, match=r"nowhere\.safetensors"):
        build({**BACKBONE, "weights": "nowhere.safetensors"})


@pytest.mark.parametrize(
    "target",
    [
        "torch.optim.adamw.torch.load",
        "torch.nn.modules.linear.torch.utils.collect_env.run",
        "torch.nn.modules.module.torch.os.system",
        "torch.optim.optimizer.warnings.warn",
        "torch.nn.init.kaiming_normal_",
        "optuna.samplers._tpe.sampler.json.loads",
        "sklearn.utils._testing.np.testing.runstring",
        "assay.config.hook.load_hook",
        "assay.config.hook.importlib.import_module",
        "assay.files.os.system",
    ],
)
def test_a_name_that_leads_on_to_what_a_module_imports_is_never_built(target: str) -> None:
    with pytest.raises(ConfigError, match=r"not allowed|does not exist"):
        build({"_target_": target})
    with pytest.raises(ConfigError, match=r"^loss\._target_: .*(not allowed|does not exist)"):
        check_node("loss", {"_target_": target})


@pytest.mark.parametrize(
    "target",
    ["torch.optim.adamw.AdamW", "torch.optim.AdamW", "torch.optim.sgd.SGD", "optuna.pruners._median.MedianPruner"],
)
def test_classes_of_a_library_that_are_of_a_kind_that_is_asked_for_may_be_named(target: str) -> None:
    assert refusal_of(target) is None


def test_whatever_an_option_names_may_be_built() -> None:
    named = {
        target
        for path in conf_dir().rglob("*.yaml")
        if "hydra" not in path.relative_to(conf_dir()).parts
        for target in targets_in(yaml.safe_load(path.read_text(encoding="utf-8")))
    }
    assert len(named) > 80
    assert [refusal for refusal in map(refusal_of, sorted(named)) if refusal] == []
