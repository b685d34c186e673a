"""Languages of pages: a catalogue of phrases each, and which one a browser gets."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

LANGUAGES = {"en": "English", "th": "ไทย"}
"""Code (ISO 639-1) -> name in the language itself; the first is what nobody has chosen."""
DEFAULT = next(iter(LANGUAGES))
COOKIE = "language"
YEAR = 365 * 86_400
_QUALITY = re.compile(r"q=(?P<weight>[01](?:\.\d{0,3})?)")


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language; called with a key, it gives the phrase.

    Attributes:
        language: its code.
        catalogue: key -> phrase, with names in braces for what is filled in.
    """

    language: str
    catalogue: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """A phrase, filled in. What is filled in is text; a template escapes it.

        Raises:
            KeyError: there is no such phrase, or it names a value that is not given.
        """
        phrase = self.catalogue[key]
        return phrase.format_map(values) if values else phrase

    def counted(self, key: str, count: int, **values: object) -> str:
        """`key.one` where the count is 1, else `key.other`, with `count` filled in."""
        return self(f"{key}.{'one' if count == 1 else 'other'}", count=count, **values)

    def has(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self.catalogue


@functools.cache
def phrases(language: str, *packages: str) -> Phrases:
    """The phrases of a language: those of the kit, and of rooms that have their own.

    Args:
        language: of `LANGUAGES`.
        packages: rooms with a folder `phrases`, which holds `en.toml`, `th.toml`.
    """
    catalogue: dict[str, str] = {}
    for package in ("assay.web", *packages):
        text = (files(package) / "phrases" / f"{language}.toml").read_text("utf-8")
        catalogue.update(_flat(tomllib.loads(text)))
    return Phrases(language, catalogue)


def chosen_language(query: str, cookie: str, accepts: str) -> str:
    """Which language a browser gets: the one that is asked for now, or was before, or that it prefers.

    Args:
        query: value of `language` in the address; "" for none.
        cookie: value of the cookie; "" for none.
        accepts: its header Accept-Language.
    """
    for asked in (query, cookie):
        if asked in LANGUAGES:
            return asked
    for code in _preferred(accepts[:500]):
        if code in LANGUAGES:
            return code
    return DEFAULT


def _preferred(accepts: str) -> list[str]:
    """Codes of Accept-Language without their regions, the most wanted first."""
    weighted = []
    for part in accepts.split(","):
        code, _, parameter = part.strip().partition(";")
        quality = _QUALITY.fullmatch(parameter.strip())
        weight = float(quality["weight"]) if quality else 0.0 if parameter.strip() else 1.0
        if weight > 0:
            weighted.append((weight, code.strip().lower().partition("-")[0]))
    return [code for _, code in sorted(weighted, key=lambda each: -each[0])]


def _flat(document: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", str(value)
