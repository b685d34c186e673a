"""An override that a message prints means, typed in a shell, what it should."""

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from assay.config.quoting import typed

WORDS = [
    *("cat", "two words", "it's", 'say "x"', "a,b", "a=b", "[x]", "{x}", "${x}", "ünï 日本", "true", "null", "007"),
    *("1e3", "back\\slash", "ends in \\", 'a\\"b', "a#b", "-dash", "$x", "100%", "", "/a/b c", "../x"),
]


@pytest.mark.parametrize("word", WORDS)
def test_text_comes_back_as_it_was(word: str) -> None:
    assert _parsed(typed("data.root", word)) == word


def test_a_list_comes_back_as_it_was() -> None:
    assert _parsed(typed("data.classes", WORDS)) == WORDS


def test_plain_words_need_no_quotes() -> None:
    assert typed("data.classes", ["mild", "severe"]) == "'data.classes=[mild,severe]'"


def _parsed(line: str) -> object:
    (word,) = shlex.split(line)
    return _plain(OverridesParser.create().parse_override(word).value())


def _plain(value: object) -> object:
    return [_plain(entry) for entry in value] if isinstance(value, list) else getattr(value, "text", value)
