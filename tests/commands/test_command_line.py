"""What is typed behind a command is sorted into its own keys and those of the config, and becomes a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest

from assay.commands.command_line import BareWord, CommandLine
from assay.config.bounds import AtLeast, Between
from assay.config.request import Help, Inline, request_keys
from assay.config.values import listed, truth
from assay.errors import ConfigError


@dataclass(frozen=True)
class Deep:
    size: Annotated[int, AtLeast(2), Help("how much")] = 8


@dataclass(frozen=True)
class Settings:
    kinds: Annotated[list[Literal["red", "blue"]], Help("which")] = field(default_factory=list)
    deep: Deep = field(default_factory=Deep)


@dataclass(frozen=True)
class Request:
    run: Annotated[str, Help("which run", hint="give run=ID")]
    settings: Annotated[Settings, Inline()]
    output: Annotated[str, Help("where to")] = "here"
    share: Annotated[float | None, Between(0, 0.5), Help("how large")] = 0.25
    counts: Annotated[tuple[int, ...], Between(1, 12), Help("how many")] = (1, 2)
    colour: Annotated[Literal["", "red", "blue"], Help("of it", key="paint.colour")] = ""
    plan: Annotated[bool, Help("only say it")] = False
    not_typed: int = 0


LINE = CommandLine(
    keys=request_keys(Request),
    groups=("tracking", "seed"),
    because="nothing is trained here",
    passed=("gate.",),
    bare=BareWord("number", str.isdecimal, "a number", "N"),
)


def test_every_way_of_writing_a_word_is_the_same():
    for words in (["run=a", "plan=true"], ["--run=a", "--plan"], ["--run", "a", "plan"]):
        assert LINE.parse(words).typed == {"run": "a", "plan": "true"}


def test_words_go_where_they_belong():
    parsed = LINE.parse(["7", "seed=3", "~gate.x", "++gate.y=1", "deep.size=2", "output=", "~tracking.uri"])
    assert parsed.bare == ("7",)
    assert parsed.rest == ("seed=3", "~tracking.uri")
    assert parsed.passed == ("~gate.x", "++gate.y=1")
    assert parsed.typed == {"deep.size": "2", "output": ""}


def test_what_is_typed_becomes_the_values_of_the_request_and_of_the_settings_in_it():
    words = ["run=a", "kinds=[red]", "deep.size=3", "share=null", "counts=[3,1,3]", "paint.colour=blue", "plan"]
    assert LINE.parse(words).request(Request) == Request(
        "a", Settings(("red",), Deep(3)), share=None, counts=(1, 3), colour="blue", plan=True
    )
    assert LINE.parse(["run=a", "output="]).request(Request, settings=Settings()) == Request("a", Settings())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["outptu"], "outptu: neither a setting nor a number; did you mean output=?"),
        (["--run"], "--run: a value is needed"),
        (["plan=maybe"], "plan: must be true or false, got 'maybe'"),
        (["optimizer.lr=1", "rnu=a"], "optimizer.lr=1 rnu=a: nothing is trained here, so this means nothing here"),
        (["rnu=a"], "did you mean run?"),
        (["plam=true"], "did you mean --plan?"),
        (["output= "], "run: a value is needed; give run=ID"),
        (["run=a", "deep.size=1"], "deep.size: must be a whole number of 2 or more, got '1'"),
        (["run=a", "deep.size=²"], "deep.size: must be a whole number of 2 or more, got '²'"),
        (["run=a", "counts=[1,13]"], "counts: must be a whole number from 1 to 12, got '13'"),
        (["run=a", "counts=[]"], "a list of whole numbers is needed"),
        (["run=a", "share=nan"], "share: must be a number from 0 to 0.5, got 'nan'"),
        (["run=a", "share=much"], "got 'much'"),
        (["run=a", "kinds=[green]"], "kinds: must be a list of red or blue, got ['green']"),
        (["run=a", "paint.colour=bleu"], "paint.colour: must be red or blue, got 'bleu'; did you mean blue?"),
    ],
)
def test_a_word_that_cannot_be_is_refused_with_what_can(words, message):
    with pytest.raises(ConfigError) as refused:
        LINE.parse(words).request(Request)
    assert message in str(refused.value)


def test_truths_and_lists_are_read_from_text():
    assert truth("x", "True") is True
    assert listed("[a, b,a,]") == ("a", "b")
    assert listed("") == ()


def test_a_key_that_is_not_known_is_held_against_the_commands_own_too():
    for words, message in {
        ("run=a", "colours=[red]"): "colours: no such key; did you mean paint.colour?",
        (
            "run=a",
            "lr=0.1",
        ): r"did you mean optimizer.lr\?.*the command's own are counts, deep.size, kinds, output",
        ("run=a", "+shares=0.1"): "shares: no such key; did you mean share?",
        ("run=a", "outputs=there"): "outputs: no such key; did you mean output?",
        ("run=a", "optimizer.lrr=1"): "optimizer.lrr: no such key 'lrr' in optimizer",
        ("run=a", "loss=focall"): "loss=focall: no such option",
    }.items():
        with pytest.raises(ConfigError, match=message):
            CommandLine(request_keys(Request)).parse(words).config()
