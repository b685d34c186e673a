"""What Hydra cannot read is answered with what to type, and what is to be typed can be read."""

import shlex

import pytest

from assay.config.compose import compose
from assay.errors import ConfigError


@pytest.mark.parametrize(
    ("word", "value"), [("data.root=it's,x", "it's,x"), ("data.root=a#1,b", "a#1,b"), ("data.root=a,b", "a,b")]
)
def test_a_text_is_printed_as_it_has_to_be_typed(word: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        compose(["data=folder", word])
    (typed,) = shlex.split(str(refused.value)[str(refused.value).rindex("'data.root=") :])
    assert compose(["data=folder", typed]).data.root == value


def test_several_values_without_a_multirun_are_answered_with_the_flag_and_the_list() -> None:
    with pytest.raises(ConfigError, match=r"add -m; for a list 'seed=\[0,1\]'"):
        compose(["seed=0,1"])
    with pytest.raises(ConfigError, match="add -m"):
        compose(["seed=range(3)"])


@pytest.mark.parametrize("word", ["optimizer.lr", "=0.1", "= 0.1"])
def test_a_sign_that_stands_alone_is_answered_with_how_overrides_look(word: str) -> None:
    with pytest.raises(ConfigError, match="cannot be understood; an override is GROUP=OPTION"):
        compose([word])
