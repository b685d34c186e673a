"""When two names are one for most people and two for a program."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d{1,2})?")
_BETWEEN_WORDS = re.compile(r"(?<=\w)(?:[\s-]|_)+(?=[^\W_])")
_CYRILLIC = "авекмнорстухіјѕԁԛԝһӏ"
_GREEK = "αβικνορτυχγω"
_LOOK_ALIKE = str.maketrans(_CYRILLIC + _GREEK, "abekmhopctyxijsdqwhl" + "abikvoptuxyw")
"""Small letters that a person reads as Latin ones, in a word that has Latin ones too."""
_QUOTES = {ord(mark): "'" for mark in "\u2019\u2018\u201b\u2032`\u00b4\u02bc"}
_QUOTES |= {ord(mark): '"' for mark in "\u201c\u201d\u201e\u2033\u00ab\u00bb"}
_MINUS = "\u2212"
_LATIN = re.compile(r"[a-z]")
_WORD = re.compile(r"[^\W\d_]+")


def comparable(name: str) -> str:
    """The same text for names that are nearly equal.

    Such differ in capitals, in spaces, in what stands between words (space, hyphen, underscore), in dashes and
    quotation marks, in characters that nobody sees, in compatible characters of Unicode (full width, ligatures), in how
    a number is written (`1`, `01`, `1.0`, `1,0`, `1e0`), or in a letter of another alphabet that looks Latin.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if not (text.isascii() and text.isprintable()):
        text = "".join(_plain(character) for character in text.replace("i\u0307", "i"))  # of a Turkish capital
    text = " ".join(text.translate(_QUOTES).split())
    if _NUMBER.fullmatch(text):
        return str(Fraction(text.replace(",", ".")))  # a float has 53 bits, and ids more
    text = _WORD.sub(_as_latin, text)
    return _BETWEEN_WORDS.sub(" ", text)


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Cc") and not character.isspace():
        return ""  # shown as nothing: joiners, soft hyphens, marks of direction and of byte order
    return "-" if category == "Pd" or character == _MINUS else character


def _as_latin(word: re.Match[str]) -> str:
    return word[0].translate(_LOOK_ALIKE) if _LATIN.search(word[0]) else word[0]
