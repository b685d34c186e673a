from __future__ import annotations

import numpy as np
import pytest

from assay.config.compose import compose, groups
from assay.config.targets import build
from assay.errors import ConfigError
from assay.run.learning import build_calibrator, build_image_policy, build_mixing, build_sampler
from assay.run.training_images import load_manifest

LABELS = np.array([0, 0, 0, 1, 2, 2])
RUN_TIME = {"loss": {"labels": LABELS, "classes": 3}, "head": {"embedding_dim": 4, "classes": 3}}
NEEDED = {
    "exposr": ["data.root=x"],
    "folder": ["data.root=x"],
    "table": ["data.path=x"],
    "torchvision": ["data.root=x", "data.name=MNIST"],
    "server": ["tracking.uri=http://127.0.0.1:1"],
    "distill": ["loss.teacher=3f2a"],
}
RUN_TIME_OF = {"distill": {"labels": LABELS, "teacher_logits": np.zeros((len(LABELS), 3))}}
BUILT = (
    "head",
    "sampler",
    "loss",
    "optimizer",
    "scheduler",
    "calibration",
    "reject",
    "ood",
    "evaluation",
    "trainer",
    "finetune",
    "tracking",
)


@pytest.mark.parametrize(("group", "option"), [(group, option) for group in BUILT for option in groups()[group]])
def test_every_option_can_be_built(group: str, option: str) -> None:
    extra = NEEDED.get(option, [])
    config = compose([f"{group}={option}", *extra])
    if group == "sampler":
        assert build_sampler(config, LABELS, lambda: np.eye(6, 4, dtype=np.float32)) is not None
        return
    node = config[group]
    assert build(node, **RUN_TIME_OF.get(option, RUN_TIME.get(group, {}))) is not None


@pytest.mark.parametrize(
    ("overrides", "keeps"),
    [
        ([], False),
        (["loss=balanced_softmax"], True),
        (["sampler=weighted"], True),
        (["sampler=weighted", "calibration.keep_answers=false"], False),
        (["calibration.keep_answers=true"], True),
        (["reject=risk"], True),
    ],
)
def test_auto_calibration_leaves_answers_alone_that_were_shifted_on_purpose(overrides, keeps) -> None:
    assert build_calibrator(compose(["calibration=auto", *overrides])).keep_answers is keeps


@pytest.mark.parametrize("option", groups()["aug"])
def test_every_augmentation_can_be_built(option: str) -> None:
    config = compose([f"aug={option}"])
    built = [build_image_policy(config), build_mixing(config)]
    assert any(part is not None for part in built) == (option != "none")


@pytest.mark.parametrize("option", groups()["data"])
def test_every_source_can_be_built(option: str) -> None:
    from assay.config.schema import DATASET_KEYS

    data = compose([f"data={option}", *NEEDED.get(option, [])]).data
    assert build({key: value for key, value in data.items() if key not in DATASET_KEYS}) is not None


def test_a_target_outside_the_list_is_never_built() -> None:
    with pytest.raises(ConfigError, match=r"os\.getcwd is not allowed"):
        build({"_target_": "os.getcwd"})
    with pytest.raises(ConfigError, match=r"_args_: no such key"):
        build(
            {
                "_target_": "torch.nn.modules.container.Sequential",
                "_args_": [{"_target_": "subprocess.run", "args": "ls"}],
            }
        )


def test_trainings_with_other_seeds_have_the_same_test_images(photos, tmp_path) -> None:
    def test_images(*overrides: str) -> set[str]:
        config = compose(["data=folder", f"data.root={photos}", f"cache={tmp_path}", *overrides])
        return set(load_manifest(config).only("test").ids.tolist())

    assert test_images("seed=0") == test_images("seed=1") != test_images("data.split_seed=1")
