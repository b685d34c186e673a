"""What a person reads of a run in MLflow's columns."""

from __future__ import annotations

import pytest

from assay.config.compose import compose
from assay.config.door import plain
from assay.run.params import run_params
from assay.tracking.limits import flatten
from assay.tracking.names import dataset_of_run, source_of_run

WORDS = ["data=folder", "data.root=photos"]


def test_an_option_is_recorded_as_it_is_typed() -> None:
    words = ["loss=focal", "loss.gamma=3", "aug=[standard,mixup]", "finetune=two_stage", "ood/detector=knn"]
    params = run_params(compose([*WORDS, *words]), words)
    chosen = {name: params[name] for name in ("data", "loss", "loss.gamma", "aug", "finetune", "ood/detector")}
    assert chosen == {
        "data": "folder",
        "loss": "focal",
        "loss.gamma": 3.0,
        "aug": "standard, mixup",
        "finetune": "two_stage",
        "ood/detector": "knn",
    }


def test_an_option_that_brings_others_with_it_is_named_with_them() -> None:
    params = run_params(compose([*WORDS, "loss=ldam_drw"]), [])
    assert (params["loss"], params["head"]) == ("ldam_drw", "cosine")


def test_without_augmentation_it_says_none() -> None:
    assert run_params(compose([*WORDS, "aug=none"]), [])["aug"] == "none"


@pytest.mark.parametrize("left_out", ["_target_", "explain", "tracking", "registry", "fidelity", "synthetic"])
def test_classes_and_what_no_training_uses_are_left_out(left_out: str) -> None:
    assert [name for name in flatten(run_params(compose(WORDS), [])) if left_out in name] == []


def test_generated_images_are_said_where_there_are_some() -> None:
    params = run_params(compose([*WORDS, "data.synthetic=generated"]), [])
    assert (params["data.synthetic"], params["data.synthetic_ratio"]) == ("generated", 1.0)


@pytest.mark.parametrize(
    ("words", "source", "name"),
    [
        (["data=folder", "data.root=/srv/cats"], "folder", "cats"),
        (["data=table", "data.path=/srv/dogs.csv"], "table", "dogs"),
        (["data=elpv"], "elpv", "elpv"),
    ],
)
def test_the_dataset_of_a_run_of_today_and_of_before_is_told_by_its_params(
    words: list[str], source: str, name: str
) -> None:
    config = compose(words)
    for recorded in (run_params(config, words), plain(config)):
        params = flatten(recorded)
        assert (source_of_run(params), dataset_of_run(params)) == (source, name)
