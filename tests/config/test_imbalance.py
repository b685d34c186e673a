from __future__ import annotations

import pytest

from assay.config.check import check
from assay.config.compose import compose
from assay.config.imbalance import corrections, with_minority
from assay.errors import ConfigError


def refused(*words: str) -> str:
    with pytest.raises(ConfigError) as caught:
        check(compose(list(words)))
    return str(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        ["sampler=weighted", "loss=balanced_softmax"],
        ["sampler=sqrt", "loss.class_weights=balanced"],
        ["sampler=weighted", "sampler.start_epoch=5", "loss=ldam_drw"],
        ["loss=logit_adjusted", "sampler=repeat_factor"],
        ["finetune=retrain_classifier", "sampler=weighted"],
        ["finetune=retrain_classifier", "loss=balanced_softmax"],
    ],
)
def test_corrections_are_not_stacked_unless_asked_for(words: list[str]) -> None:
    said = refused(*words)
    assert "corrects for the frequencies of classes" in said
    assert "61.7 %" in said
    check(compose([*words, "sampler.allow_stacking=true"]))


@pytest.mark.parametrize(
    "words",
    [
        ["sampler=variance_aware", "loss=focal"],
        ["loss=ldam_drw"],
        ["loss=focal", "loss.class_weights=effective_number"],
        ["sampler=weighted", "loss=logit_adjusted", "loss.tau=0"],
        ["finetune=retrain_classifier"],
    ],
)
def test_one_correction_is_fine(words: list[str]) -> None:
    check(compose(words))


def test_the_refusal_names_what_is_stacked_as_a_person_would_type_it() -> None:
    words = ["sampler=repeat_factor", "loss=ldam_drw", "finetune=retrain_classifier"]
    config = compose([*words, "sampler.allow_stacking=true"])
    values = {group: dict(config[group]) for group in ("sampler", "loss", "finetune")}
    assert corrections(values) == words
    assert refused(*words).startswith("sampler=repeat_factor with loss=ldam_drw with finetune=retrain_classifier: ")


def test_ldam_brings_its_head_and_takes_no_other() -> None:
    assert compose(["loss=ldam_drw"]).head._target_.endswith(".CosineHead")
    assert compose(["loss=focal"]).head._target_.endswith(".LinearHead")
    assert "leave head=… away" in refused("loss=ldam_drw", "head=linear")


@pytest.mark.parametrize("model", [["model=baseline_cnn"], ["model.weights=none", "finetune=full"]])
def test_variety_is_not_measured_with_random_weights(model: list[str]) -> None:
    assert "those of a random one say nothing" in refused("sampler=variance_aware", *model)


def test_a_start_that_no_stage_reaches_is_refused() -> None:
    assert "never reached with finetune.epochs=100" in refused("sampler=weighted", "sampler.start_epoch=100")
    assert "finetune.epochs=15" in refused("finetune=two_stage", "sampler=weighted", "sampler.start_epoch=20")
    assert "loss.start_epoch=100" in refused("loss=ldam_drw", "loss.start_epoch=100")
    check(compose(["sampler=weighted", "sampler.start_epoch=99"]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sampler.minority_augment=stong"], "did you mean strong?"),
        (["sampler.minority_augment=mixup"], "does nothing to single images"),
        (["sampler.minority_augment=none"], "null for none"),
        (["sampler.minority_augment=3"], "must be the name of an option of aug, got 3"),
        (["sampler.minority_augment=strong", "finetune.views=0"], "leave finetune.views away"),
        (["sampler.minority_share=0"], "must be above 0 and at most 1"),
        (["sampler.minority_share=few"], "sampler.minority_share: must be a number"),
        (["sampler.allow_stacking=maybe"], "sampler.allow_stacking: must be true or false"),
        (["sampler.minority=strong"], "did you mean"),
    ],
)
def test_a_wrong_wish_for_rare_classes_is_answered(words: list[str], said: str) -> None:
    assert said in refused(*words)


@pytest.mark.parametrize("sampler", ["shuffle", "variance_aware"])
def test_the_policy_of_rare_classes_is_recorded_in_full(sampler: str) -> None:
    config = compose([f"sampler={sampler}", "sampler.minority_augment=strong", "aug=standard"])
    check(config)
    config = with_minority(config)
    (policy,) = config.sampler.minority_augment.image.values()
    assert policy._target_ == "assay.augment.strong.Strong"
    assert policy.occlusion > 0
    check(config)
    config = with_minority(config)
