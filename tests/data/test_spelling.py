"""Names that people take for one and programs for two."""

import pytest

from assay.data.spelling import comparable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cat", "cat\u200b"),  # a zero-width space
        ("cat", "c\u00adat"),  # a soft hyphen
        ("cat", "\ufeffcat"),  # a mark of byte order
        ("cat", "cat\u200f"),  # a mark of direction
        ("cat", "c\u0430t"),  # a Cyrillic a
        ("Istanbul".replace("I", "\u0130"), "istanbul"),  # a Turkish capital
        ("T-cell", "T\u2013cell"),
        ("golden_retriever", "Golden Retriever"),
        ("golden-retriever", "golden_retriever"),
        ("crow\u2019s nest", "crow's nest"),
        ("1", "1e0"),
        ("1,0", "1.0"),
        ("-1", "\u22121"),  # the sign minus
        ("\ufb01n", "fin"),
        ("stra\u00dfe", "STRASSE"),
    ],
)
def test_names_that_look_the_same_are_nearly_equal(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A", "A-"),
        ("A", "A+"),
        ("-1", "1"),
        ("grade_1", "grade_10"),
        ("1-0", "10"),
        ("0-10", "10-20"),
        ("v1.2", "v1.10"),
        ("cat", "cats"),
        ("C", "C#"),
        ("\u043a\u043e\u0442", "kot"),  # a word in Cyrillic alone
        ("r\u00e9sum\u00e9", "resume"),
        ("9007199254740993", "9007199254740992"),  # one number as floats
        ("1,000", "1000"),
    ],
)
def test_names_that_people_tell_apart_are_not(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)
