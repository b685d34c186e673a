from __future__ import annotations

import pytest

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError


@pytest.mark.parametrize("head", ["kernel", "knn", "logistic"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["finetune=two_stage"], "with finetune=two_stage: .*use finetune=head_only"),
        (["model=baseline_cnn"], "with finetune=full: .*use finetune=head_only"),
        (["loss=focal"], "with loss=focal: it is found without epochs of a loss"),
        (["loss.class_weights=balanced"], r"with loss\.class_weights=balanced: .*sampler=weighted"),
        (["loss.label_smoothing=0.1"], r"with loss\.label_smoothing=0\.1"),
        (["aug=mixup"], "with aug=mixup: .*use aug=standard"),
    ],
)
def test_what_a_solved_head_would_ignore_is_refused(head: str, words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=f"head={head} {said}"):
        check(compose([f"head={head}", *words]))


@pytest.mark.parametrize(
    "words",
    [
        ["head=knn", "head.k=null", "head.temperature=null"],
        ["head=knn", "aug=standard"],
        ["head=logistic", "sampler=weighted", "aug=standard"],
        ["head=logistic", "head.strength=0.01"],
        ["head=kernel", "aug=standard", "sampler=weighted", "head.width=1", "head.penalty=0.1", "head.landmarks=100"],
    ],
)
def test_what_a_solved_head_takes_is_taken(words: list[str]) -> None:
    check(compose(words))


@pytest.mark.parametrize(
    "word",
    [
        *(f"head.k={value}" for value in ("0", "-1", "2.5", "many", "[]")),
        *(f"head.temperature={value}" for value in ("0", "-1", "nan", "inf", "1e-30", "warm")),
    ],
)
def test_hostile_values_of_the_neighbours_are_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=word.partition("=")[0]):
        check(compose(["head=knn", word]))


@pytest.mark.parametrize(
    "word",
    [
        *(f"head.strength={value}" for value in ("0", "-1", "nan", "inf", "strong")),
        *(f"head.folds={value}" for value in ("1", "0", "null", "2.5")),
    ],
)
def test_hostile_values_of_the_regression_are_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=word.partition("=")[0]):
        check(compose(["head=logistic", word]))


@pytest.mark.parametrize(
    "word",
    [
        *(f"head.width={value}" for value in ("0", "-1", "nan", "inf", "wide")),
        *(f"head.penalty={value}" for value in ("0", "-1", "nan", "1e9")),
        *(f"head.landmarks={value}" for value in ("1", "0", "null", "2.5")),
    ],
)
def test_hostile_values_of_the_kernel_are_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=word.partition("=")[0]):
        check(compose(["head=kernel", word]))
