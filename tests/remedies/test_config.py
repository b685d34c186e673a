"""Settings that a refused configuration is answered with: each of them, typed in place of its own key, is accepted."""

from __future__ import annotations

import re
import shlex

import pytest

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError
from remedies.places import SETTINGS

DATA = ["data=folder", "data.root=photos"]
CASES = {
    "aug=cutmix": ["aug=mixup", "finetune=two_stage"],
    "model.weights=none": ["finetune=full"],
    "finetune.views=3": ["aug=standard"],
    "data.fold=0": ["data.fold=0 data.folds=5"],
    "data.resize=native aug=strong": ["aug=robust", "aug=denoise", "data.resize=crop"],
    "aug=[standard,none]": ["aug=standard", "aug=none"],
    "aug=[mixup,cutmix] finetune=full": ["aug=mixup_cutmix"],
    "sampler=variance_aware model.weights=none finetune=full": ["sampler=sqrt"],
    "sampler=weighted loss=balanced_softmax": ["sampler.allow_stacking=true"],
    "head=knn finetune=two_stage": ["finetune=head_only"],
    "head=logistic loss=focal": ["loss=cross_entropy sampler=weighted"],
    "head=knn aug=mixup": ["aug=standard"],
    "loss=ldam_drw head=linear": ["head=cosine"],
    "reject=risk calibration=vector": ["calibration=auto", "reject=coverage"],
}
"""Words that are refused -> what the message asks to type; groups before the keys of their options."""


@pytest.mark.parametrize("words", CASES)
def test_what_the_message_asks_to_type_is_accepted(words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(compose([*DATA, *words.split()]))
    printed = [match[0].rstrip(".'\":)") for match in SETTINGS.finditer(str(caught.value))]
    for remedy in CASES[words]:
        settings = remedy.split()
        assert all(setting in printed for setting in settings), caught.value
        keys = [setting.partition("=")[0] for setting in settings]
        kept = [word for word in words.split() if word.partition("=")[0] not in keys]
        check(compose([*DATA, *kept, *settings]))


@pytest.mark.parametrize(
    ("word", "value"),
    [("name=a,b", "a,b"), ("name=a:b, c", "a:b, c"), ("name=x=y,z", "x=y,z")],
)
def test_text_that_is_taken_for_something_else_is_typed_as_the_message_says(word: str, value: str) -> None:
    with pytest.raises(ConfigError, match="text") as caught:
        compose([*DATA, word])
    (typed,) = shlex.split(re.search(r"(?:for one text|type) (.*)$", str(caught.value))[1])
    assert compose([*DATA, typed]).name == value


def test_several_values_without_m_are_a_list_or_a_text_as_the_message_says() -> None:
    with pytest.raises(ConfigError, match="add -m") as caught:
        compose([*DATA, "data.classes=mild,severe"])
    listed = re.search(r"for a list (.*?);", str(caught.value))
    assert compose([*DATA, *shlex.split(listed[1])]).data.classes == ["mild", "severe"]


def test_several_values_with_m_are_several_trainings(capfd: pytest.CaptureFixture[str]) -> None:
    from assay.cli import main

    for word in ("seed=0,1", "seed=range(3)"):
        with pytest.raises(SystemExit) as left:
            main(["train", *DATA, word])
        assert left.value.code == 2
        assert "add -m" in capfd.readouterr().err
        with pytest.raises(SystemExit):
            main(["train", *DATA, word, "-m", "loss=nope"])
        assert "loss=nope: no such option" in capfd.readouterr().err, "the sweep itself is accepted"
