"""Pairs among hashes are those that comparing all with all gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assay.data.copies import hash_pairs as module
from assay.data.copies.hash_pairs import hash_pairs
from assay.errors import DataError


def by_brute_force(hashes: list[int], bits: int) -> list[tuple[int, int]]:
    """Python's own integers, one pair after the other."""
    return [
        (row, other)
        for row in range(len(hashes))
        for other in range(row + 1, len(hashes))
        if (hashes[row] ^ hashes[other]).bit_count() <= bits
    ]


def as_list(pairs: tuple[NDArray[np.intp], NDArray[np.intp]]) -> list[tuple[int, int]]:
    return list(zip(*(side.tolist() for side in pairs), strict=True))


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.sets(st.integers(0, 63), max_size=5)), max_size=25),
    st.integers(0, 3),
)
def test_all_pairs_within_three_bits_come_out_once(
    bases: list[int], changes: list[tuple[int, set[int]]], bits: int
) -> None:
    hashes = bases + [bases[base % len(bases)] ^ sum(1 << place for place in places) for base, places in changes]
    assert as_list(hash_pairs(np.array(hashes, dtype=np.uint64), bits)) == by_brute_force(hashes, bits)


def test_hashes_that_share_blocks_by_the_hundred_come_out_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CANDIDATES", 100)
    hashes = np.random.default_rng(0).integers(0, 40, 300).astype(np.uint64)
    assert as_list(hash_pairs(hashes)) == by_brute_force(hashes.tolist(), 3)


def test_no_hash_is_no_pair() -> None:
    assert as_list(hash_pairs(np.zeros(0, dtype=np.uint64))) == []


@pytest.mark.parametrize("bits", [-1, 4])
def test_more_bits_than_the_blocks_can_promise_are_refused(bits: int) -> None:
    with pytest.raises(DataError, match="within 0 to 3 bits"):
        hash_pairs(np.zeros(2, dtype=np.uint64), bits)
