"""Hash pairs: all pairs among a million 64-bit hashes that differ in a few bits, without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError

HashPairs = tuple[NDArray[np.intp], NDArray[np.intp]]

_BITS = 64
_BLOCKS = 4
MOST_BITS = _BLOCKS - 1
_CANDIDATES = 1 << 22  # in memory at once


def hash_pairs(hashes: NDArray[np.uint64], bits: int = MOST_BITS) -> HashPairs:
    """All pairs of hashes that differ in at most `bits` bits, each once.

    Of four blocks of 16 bits two hashes that differ in three bits share at least one, so sorting by each block in turn
    brings all pairs beside each other (pigeonhole). Equal hashes are searched for once, since even surfaces and blank
    pages share theirs by the thousand.

    Args:
        hashes: uint64 [N].
        bits: 0 to 3.

    Returns:
        Rows int [P] and int [P], the first smaller than the second, in ascending order.

    Raises:
        DataError: more bits than blocks can promise.
    """
    if not 0 <= bits <= MOST_BITS:
        raise DataError(f"pairs are found within 0 to {MOST_BITS} bits; got {bits}")
    values, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    rows = np.argsort(inverse, kind="stable")
    starts = np.cumsum(counts) - counts
    pairs = [*_equal(rows, starts, counts), *_apart(values, rows, starts, counts, bits)]
    first, second = (np.concatenate([pair[side] for pair in pairs] or [np.zeros(0, np.intp)]) for side in range(2))
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((second, first))
    return first[order], second[order]


def _equal(rows: NDArray[np.intp], starts: NDArray[np.intp], counts: NDArray[np.intp]) -> Iterator[HashPairs]:
    for start, count in zip(starts[counts > 1].tolist(), counts[counts > 1].tolist(), strict=True):
        first, second = np.triu_indices(count, 1)
        yield rows[start + first], rows[start + second]


def _apart(
    values: NDArray[np.uint64],
    rows: NDArray[np.intp],
    starts: NDArray[np.intp],
    counts: NDArray[np.intp],
    bits: int,
) -> Iterator[HashPairs]:
    """Pairs of different values, each from the first block that they share, as pairs of all rows that have them."""
    blocks = values.view(np.uint16).reshape(len(values), _BLOCKS) if len(values) else np.zeros((0, _BLOCKS), np.uint16)
    for block in range(_BLOCKS):
        order = np.argsort(blocks[:, block], kind="stable")
        for mine, theirs in _neighbours(blocks[order, block]):
            low, high = order[mine], order[theirs]
            near = np.bitwise_count(values[low] ^ values[high]) <= bits
            low, high = low[near], high[near]
            again = (blocks[low, :block] == blocks[high, :block]).any(axis=1)
            yield from _of_rows(low[~again], high[~again], rows, starts, counts)


def _neighbours(keys: NDArray[np.uint16]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Places of all pairs with the same key, of ascending keys, so many at a time as memory holds."""
    places = np.arange(len(keys))
    after = np.searchsorted(keys, keys, side="right") - places - 1  # partners behind each place
    total = np.cumsum(after)
    begin = 0
    while begin < len(keys):
        before = int(total[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, before + _CANDIDATES, side="right")))
        many = after[begin:end]
        mine = np.repeat(places[begin:end], many)
        # Counts 1, 2, 3 … anew for each place.
        steps = np.arange(len(mine)) - np.repeat(np.cumsum(many) - many, many) + 1
        yield mine, mine + steps
        begin = end


def _of_rows(
    low: NDArray[np.intp],
    high: NDArray[np.intp],
    rows: NDArray[np.intp],
    starts: NDArray[np.intp],
    counts: NDArray[np.intp],
) -> Iterator[HashPairs]:
    alone = (counts[low] == 1) & (counts[high] == 1)
    yield rows[starts[low[alone]]], rows[starts[high[alone]]]
    for a, b in zip(low[~alone].tolist(), high[~alone].tolist(), strict=True):
        mine, theirs = (rows[starts[value] : starts[value] + counts[value]] for value in (a, b))
        yield np.repeat(mine, len(theirs)), np.tile(theirs, len(mine))
