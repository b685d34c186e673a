from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.database.chain import appended, canonical, chain_breaks, head_break, head_of


@dataclass(frozen=True)
class Answer:
    """A line of an audit trail such as a service could keep."""

    image: str
    classes: tuple[str, ...]
    number: int = 0
    previous_hash: str = ""
    hash: str = ""


def trail(*images: str) -> list[Answer]:
    made: list[Answer] = []
    for image in images:
        made.append(appended(Answer(image, ("good", "bad")), made[-1] if made else None))
    return made


def test_a_record_is_sealed_as_anybody_can_compute() -> None:
    first, second = trail("é", "b")
    start = '{"classes":["good","bad"],"image":"é","number":1,"previous_hash":"' + "0" * 64 + '"}'
    assert first.hash == hashlib.sha256(start.encode()).hexdigest()
    end = '{"classes":["good","bad"],"image":"b","number":2,"previous_hash":"' + first.hash + '"}'
    assert (second.number, second.previous_hash) == (2, first.hash)
    assert second.hash == hashlib.sha256(end.encode()).hexdigest()
    assert head_of(second) == f"2:{second.hash}"


def test_the_hash_does_not_depend_on_what_stood_in_its_fields_before() -> None:
    (first,) = trail("a")
    assert appended(replace(first, number=7, previous_hash="x", hash="y"), None) == first


def test_each_break_says_where_and_what_it_is() -> None:
    entries = trail("a", "b", "c", "d", "e")
    changed = [entries[0], replace(entries[1], image="x"), *entries[2:]]
    assert [(each.kind, each.number) for each in chain_breaks(changed)] == [("changed", 2)]
    assert [(each.kind, each.number) for each in chain_breaks([entries[0], *entries[3:]])] == [("missing", 4)]
    resealed = [*entries[:2], appended(Answer("x", ()), entries[1]), *entries[3:]]
    assert [(each.kind, each.number) for each in chain_breaks(resealed)] == [("misplaced", 4)]
    assert chain_breaks([]) == []


def test_the_sentences_are_those_that_repairs_of_before_have_accepted() -> None:
    entries = trail("a", "b", "c", "d")
    broken = chain_breaks([entries[1], replace(entries[2], image="x"), replace(entries[3], previous_hash="f" * 64)])
    altered = [chain_breaks([replace(entry, image="x")])[-1].message for entry in entries]
    assert broken[0].message == "entry 1 is missing before entry 2"
    assert broken[1].message.startswith("entry 3 was changed after it was written (its sha256 is ")
    assert broken[2].message == (
        "entry 4 does not follow entry 3: one of them was put in or moved later "
        f"(ffffffffffff instead of {entries[2].hash[:12]})"
    )
    assert altered[0].endswith(" now)")
    assert chain_breaks(entries[2:])[0].message == "entries 1 to 2 are missing before entry 3"


@pytest.mark.parametrize(
    ("kept", "kind", "number"),
    [(4, None, 0), (3, "cut", 4), (0, "cut", 4)],
    ids=["whole", "the last is gone", "all are gone"],
)
def test_a_head_kept_elsewhere_shows_that_the_end_is_gone(kept: int, kind: str | None, number: int) -> None:
    entries = trail("a", "b", "c", "d")
    assert chain_breaks(entries[:kept]) == []
    broken = head_break(entries[:kept], head_of(entries[-1]))
    assert (broken.kind, broken.number) == (kind, number) if broken else kind is None


def test_a_head_shows_that_all_was_written_anew_and_may_be_behind_or_unreadable() -> None:
    entries, anew = trail("a", "b", "c"), trail("a", "x", "c")
    assert chain_breaks(anew) == []
    broken = head_break(anew, head_of(entries[1]))
    assert broken is not None
    assert (broken.kind, broken.number) == ("replaced", 2)
    assert (
        broken.message == f"entry 2 is not the one of the head ({anew[1].hash[:12]} instead of {entries[1].hash[:12]})"
    )
    assert head_break(anew, head_of(entries[0])) is None
    unreadable = head_break(entries, "three:" + entries[-1].hash)
    assert unreadable is not None
    assert unreadable.kind == "unreadable"


@given(st.dictionaries(st.text(max_size=3), st.integers() | st.none() | st.text(max_size=3), max_size=4))
def test_the_text_does_not_depend_on_the_order_of_keys(content: dict[str, object]) -> None:
    assert canonical(content) == canonical(dict(reversed(content.items())))


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), {1, 2}, b"x"])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON"):
        canonical({"value": value})
