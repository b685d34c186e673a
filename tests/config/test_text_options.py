"""Options that are text are what was typed, whatever it looks like."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from assay.config.compose import compose, conf_dirs
from assay.config.text_options import keep_text
from assay.errors import ConfigError

LOOKS = [
    *(
        "2024",
        "007",
        "1_000",
        "1e3",
        "0x10",
        ".5",
        "inf",
        "true",
        "no",
        "a=b",
        "a b",
        "a#1",
        "a~b",
        "a&b",
        "it's",
        'a"b',
    ),
    *("a;b", "a^b", "a!b", "ü", "日本", "100%", "a:b", "-dash", "a(1)", "a\\b", "../a", "/a/b"),
]


@pytest.mark.parametrize("text", LOOKS)
def test_a_path_is_what_was_typed(text: str) -> None:
    assert compose(["data=folder", f"data.root={text}"]).data.root == text


@pytest.mark.parametrize("text", ["2", "007", "1_0", "true", "ü"])
def test_a_class_that_is_held_out_is_what_was_typed(text: str) -> None:
    assert compose(["data=folder", "data.root=x", f"data.holdout_class={text}"]).data.holdout_class == text


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("[0,1]", ["0", "1"]),
        ("[007, 7,10]", ["007", "7", "10"]),
        ("[true,false,maybe]", ["true", "false", "maybe"]),
        ("[null,none]", ["null", "none"]),
        ("['a,b',1_0]", ["a,b", "1_0"]),
        ("[ü,1]", ["ü", "1"]),
        ("[mild,severe]", ["mild", "severe"]),
    ],
)
def test_names_of_classes_are_what_was_typed(typed: str, names: list[str]) -> None:
    assert list(compose(["data=folder", "data.root=x", f"data.classes={typed}"]).data.classes) == names


@pytest.mark.parametrize("key", ["name", "tracking.experiment", "registry.name", "resume"])
def test_text_at_the_top_keeps_its_zeros(key: str) -> None:
    config = compose([f"{key}=0123456789"])
    for part in key.split("."):
        config = config[part]
    assert config == "0123456789"


@pytest.mark.parametrize(
    ("typed", "jobs"),
    [
        ("007,1_0", ["007", "1_0"]),
        ("1e3, 2", ["1e3", "2"]),
        ("'a,b',true,x", ["a,b", "true", "x"]),
        ("a,b", ["a", "b"]),
    ],
)
def test_each_value_of_a_sweep_over_text_is_what_was_typed(typed: str, jobs: list[str]) -> None:
    word = keep_text(["data=folder", f"data.holdout_class={typed}"], conf_dirs())[1]
    swept = OverridesParser.create().parse_override(word)
    assert swept.is_sweep_override()
    assert [value.split("=", 1)[1].strip("'\"") for value in _jobs(swept)] == jobs
    assert keep_text(["data=folder", word], conf_dirs())[1] == word


def _jobs(swept: Override) -> list[str]:
    """The words that Hydra gives to the jobs of a sweep."""
    return [f"key={value}" for value in swept.sweep_string_iterator()]


def test_null_is_nothing_where_nothing_is_allowed_and_text_where_it_is_not() -> None:
    config = compose(["data=folder", "data.root=null", "data.holdout_class=null"])
    assert config.data.root == "null"
    assert config.data.holdout_class is None


@pytest.mark.parametrize(
    "word",
    [
        *("data.root=a,b", "data.root=choice(a,b)", "data.root='a b'", "data.root=${cache}", "optimizer.lr=1e-3"),
        *("seed=007", "data.classes=[a,'1']", "data.image_size=64", "aug=[strong,mixup]", "++data.root=photos"),
        *("~aug", "data.fold=null", "data.split={train: 0.5}", "trainer.patience=null"),
    ],
)
def test_everything_else_stays_as_it_was_typed(word: str) -> None:
    assert keep_text(["data=folder", word], conf_dirs()) == ["data=folder", word]


def test_doing_it_again_changes_nothing() -> None:
    words = keep_text([f"data.root={text}" for text in LOOKS], conf_dirs())
    assert keep_text(words, conf_dirs()) == words


def test_a_number_that_is_none_is_still_refused() -> None:
    with pytest.raises(ConfigError, match="seed"):
        compose(["seed=x"])


@pytest.mark.parametrize(
    ("word", "jobs"),
    [
        ("data.classes=[0,1],[1,2]", [["0", "1"], ["1", "2"]]),
        ("data.classes=choice([0,1],[true,'a,b'])", [["0", "1"], ["true", "a,b"]]),
        ("data.holdout_class=1,[2,3]", ["1", ["2", "3"]]),
        ("data.holdout_class=choice(1,2)", ["1", "2"]),
        ("data.holdout_class=null,1", [None, "1"]),
        ("data.ood=[1],[2,x]", [["1"], ["2", "x"]]),
    ],
)
def test_each_list_of_a_sweep_over_lists_of_text_is_what_was_typed(word: str, jobs: list[object]) -> None:
    (kept,) = keep_text(["data=folder", word], conf_dirs())[1:]
    swept = OverridesParser.create().parse_override(kept)
    key = word.partition("=")[0]
    configs = [compose(["data=folder", f"{key}={value}"]) for value in swept.sweep_string_iterator()]
    values = [OmegaConf.select(config, key) for config in configs]
    assert [list(value) if OmegaConf.is_config(value) else value for value in values] == jobs
    assert keep_text(["data=folder", kept], conf_dirs())[1] == kept
