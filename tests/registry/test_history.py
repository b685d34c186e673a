from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.deploy.mlflow.sealed_entry import KINDS
from assay.errors import GateError
from assay.registry.history import HistoryEntry, canonical, chain_findings, entry_after, head_findings

CONTENT = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=3)
DRAFTS = st.lists(st.tuples(st.sampled_from(KINDS), st.text(max_size=5), CONTENT), min_size=2, max_size=8)


def chain(drafts: list[tuple[str, str, dict]]) -> list[HistoryEntry]:
    made: list[HistoryEntry] = []
    for kind, author, content in drafts:
        made.append(entry_after(made[-1] if made else None, "m", kind, author, content, time="2026-01-01T00:00:00Z"))
    return made


@given(DRAFTS)
def test_a_chain_that_nobody_touched_holds(drafts: list) -> None:
    entries = chain(drafts)
    assert chain_findings(entries) == []
    assert head_findings(entries, entries[-1].head) == []
    assert all(head_findings(entries, entry.head) == [] for entry in entries), "a head may be behind"


@settings(max_examples=60)
@given(DRAFTS, st.data())
def test_whatever_is_done_to_one_line_is_found(drafts: list, data: st.DataObject) -> None:
    entries = chain(drafts)
    head, at = entries[-1].head, data.draw(st.integers(0, len(entries) - 1))
    number = at + 1
    deed = data.draw(st.sampled_from(["remove", "change", "reseal", "insert", "swap"]))
    if deed == "remove":
        del entries[at]
    elif deed == "change":
        field = data.draw(st.sampled_from(["time", "kind", "author", "content", "model", "hash", "previous_hash"]))
        entries[at] = replace(entries[at], **{field: getattr(entries[at], field) + "0"})
    elif deed == "reseal":
        before = entries[at - 1] if at else None
        entries[at] = entry_after(before, "m", "verdict", "Mallory", {"by": "Mallory"})
    elif deed == "insert":
        new = entry_after(entries[at - 1] if at else None, "m", "verdict", "Mallory", {})
        entries = [*entries[:at], new, *(replace(entry, number=entry.number + 1) for entry in entries[at:])]
    else:
        other = data.draw(st.integers(0, len(entries) - 1).filter(lambda place: place != at))
        one, two = entries[at], entries[other]
        entries[at], entries[other] = replace(two, number=one.number), replace(one, number=two.number)
    found = [*chain_findings(entries), *head_findings(entries, head)]
    assert found
    if deed in ("remove", "change"):
        assert any(str(number) in finding for finding in found)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "lost its tag with the head of the history .entry 3"),
        ("5:" + "a" * 64, "the history ends with entry 3, but the registry has seen entry 5: the end was removed"),
        ("2:" + "a" * 64, "entry 2 is not the one that the registry has seen"),
        ("x", "tag with the head of the history was changed"),
    ],
)
def test_a_head_that_does_not_fit_is_found(head: str, said: str) -> None:
    entries = chain([("verdict", "Ada", {})] * 3)
    (found,) = head_findings(entries, head)
    assert said.replace(".", "(") in found


def test_the_hash_is_what_anybody_can_compute() -> None:
    """Held against a digest made with sha256sum from the text that the format promises."""
    entry = entry_after(None, "m", "verdict", "Ada", {"b": 1, "a": "é"}, time="2026-01-01T00:00:00Z")
    assert entry.content == '{"a":"é","b":1}'
    text = (
        '{"author":"Ada","content":"{\\"a\\":\\"é\\",\\"b\\":1}","kind":"verdict","model":"m","number":1,'
        f'"previous_hash":"{"0" * 64}","time":"2026-01-01T00:00:00Z"}}'
    )
    import hashlib

    assert entry.hash == hashlib.sha256(text.encode()).hexdigest()


def test_content_is_canonical_and_knows_no_nan() -> None:
    assert canonical({"b": [1, 2], "a": None}) == '{"a":null,"b":[1,2]}'
    with pytest.raises(GateError, match="cannot be written into the history"):
        canonical({"value": float("inf")})
