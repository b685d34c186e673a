"""What is typed behind a command is parted into its own words and those of the config."""

from __future__ import annotations

import pytest

from assay.config.values import listed, number, truth, whole
from assay.config.words import Words
from assay.errors import ConfigError

WORDS = Words(
    own=("run", "output", "deep.size"),
    taken=("tracking", "seed"),
    because="nothing is trained here",
    flags=("plan",),
    passed=("gate.",),
    bare=str.isdecimal,
    bare_is="a number",
)


def test_every_way_of_writing_a_word_is_the_same():
    for words in (["run=a", "plan=true"], ["--run=a", "--plan"], ["--run", "a", "plan"]):
        assert WORDS.part(words).own == {"run": "a", "plan": "true"}


def test_words_go_where_they_belong():
    parted = WORDS.part(["7", "seed=3", "~gate.x", "++gate.y=1", "deep.size=2", "output="])
    assert parted.bare == ("7",)
    assert parted.rest == ("seed=3",)
    assert parted.passed == ("~gate.x", "++gate.y=1")
    assert parted.own == {"deep.size": "2", "output": ""}
    assert parted.config().seed == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["outptu"], "outptu: neither a setting nor a number; did you mean output=?"),
        (["--run"], "--run: a value is needed"),
        (["plan=maybe"], "plan: must be true or false, got 'maybe'"),
        (["optimizer.lr=1", "rnu=a"], "optimizer.lr=1 rnu=a: nothing is trained here, so this means nothing here"),
        (["rnu=a"], "did you mean run?"),
        (["plam=true"], "did you mean --plan?"),
    ],
)
def test_a_word_that_cannot_be_is_refused_with_the_nearest_right_one(words, said):
    with pytest.raises(ConfigError) as refused:
        WORDS.part(words)
    assert said in str(refused.value)


def test_a_value_that_is_needed_and_missing_is_asked_for():
    parted = WORDS.part(["output= ", "run=a"])
    assert parted.needed("run", "give one") == "a"
    for key in ("output", "deep.size"):
        with pytest.raises(ConfigError, match=f"{key}: a value is needed; give one"):
            parted.needed(key, "give one")


def test_values_are_what_they_say():
    assert whole("n", "12", most=12) == 12
    assert number("share", "0.5", least=0, most=0.5) == 0.5
    assert truth("x", "True") is True
    assert listed("[a, b,a,]") == ("a", "b")
    assert listed("") == ()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: whole("n", "0"), "n: must be a whole number of 1 or more, got '0'"),
        (lambda: whole("n", "13", least=2, most=12), "n: must be a whole number from 2 to 12, got '13'"),
        (lambda: whole("n", "²"), "n: must be a whole number"),
        (lambda: number("x", "nan", least=0, most=1), "x: must be a number from 0 to 1, got 'nan'"),
        (lambda: number("x", "much", least=0, most=1), "got 'much'"),
    ],
)
def test_a_value_that_cannot_be_is_refused(call, said):
    with pytest.raises(ConfigError) as refused:
        call()
    assert said in str(refused.value)
