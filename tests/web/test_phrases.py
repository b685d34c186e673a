"""Phrases of pages: every language has each, every template and module names those that there are."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import assay
from assay.web.languages import LANGUAGES, phrases
from assay.web.refusal import STATUS

SOURCE = Path(assay.__file__).parent
ROOMS = sorted(".".join(("assay", *path.parent.relative_to(SOURCE).parts)) for path in SOURCE.rglob("phrases"))
IN_TEMPLATES = r"""\bt(?:\.counted)?\(\s*["']([\w.-]+)["']"""
IN_MODULES = r"""(?:flash|Link|words)\([^()]*?["']([a-z]+(?:\.[\w-]+)+)["']"""
NAMED = re.compile(f"{IN_TEMPLATES}|{IN_MODULES}")
OF_DATA = ("form.", "choice.", "detail.")
"""Beginnings of phrases that translate words of data, which are English themselves."""


def test_the_kit_has_phrases():
    assert "assay.web" in ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_each_language_has_the_same_phrases_with_the_same_values(room):
    first, *others = (phrases(language, room).catalogue for language in LANGUAGES)
    for other in others:
        assert sorted(key for key in other if key in first or not key.startswith(OF_DATA)) == sorted(first)
        for key, phrase in first.items():
            assert _values(other[key]) == _values(phrase), key
            assert phrase.strip()
            assert other[key].strip()


@pytest.mark.parametrize("room", ROOMS)
def test_each_phrase_that_a_room_names_exists(room):
    catalogue = phrases("en", room).catalogue
    folder = SOURCE.joinpath(*room.split(".")[1:])
    named = set()
    for path in [*folder.rglob("*.j2"), *folder.rglob("*.py")]:
        for one, other in NAMED.findall(path.read_text("utf-8")):
            named.add(one or other)
    for key in named:
        assert key in catalogue or f"{key}.one" in catalogue or key.endswith("."), key
    assert named


def test_each_refusal_is_said_in_every_language():
    for language in LANGUAGES:
        words = phrases(language)
        assert all(words.has(f"error.{name}.{part}") for name in STATUS for part in ("title", "remedy"))


def test_every_form_that_changes_something_carries_the_token():
    for path in SOURCE.rglob("*.j2"):
        for form in re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), flags=re.DOTALL):
            if re.search(r'method="post"', form):
                assert 'name="csrf" value="{{ csrf }}"' in form, path


def _values(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}
