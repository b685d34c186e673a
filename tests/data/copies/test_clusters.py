"""Which pictures are one, from pairs that are."""

import numpy as np

from assay.data.copies.clusters import clusters
from assay.data.copies.search import Pairs


def pairs(*rows: tuple[int, int, float]) -> Pairs:
    first, second, distance = zip(*rows, strict=True)
    none = np.zeros(len(rows), dtype=np.int8)
    return Pairs(np.array(first), np.array(second), np.array(distance, np.float32), none, none, none.astype(bool))


def test_copies_of_one_picture_are_one_although_they_do_not_look_alike() -> None:
    star = pairs((0, 1, 0.1), (0, 2, 0.2), (0, 3, 0.05))
    assert clusters(star, 4, 0.25, np.array([True, True, True])).tolist() == [0, 0, 0, 0]


def test_a_chain_of_copies_is_cut() -> None:
    chain = pairs((0, 1, 0.1), (1, 2, 0.1), (2, 3, 0.1))
    leader = clusters(chain, 4, 0.25, np.array([True, True, True]))
    assert len(set(leader.tolist())) == 2
    assert leader[0] != leader[3]


def test_pairs_that_are_not_the_same_join_nothing_by_themselves() -> None:
    near = pairs((0, 1, 0.01), (0, 2, 0.01), (1, 2, 0.01))
    assert clusters(near, 3, 0.25, np.array([False, True, False])).tolist() == [0, 1, 0]


def test_without_pixels_the_radius_joins_and_every_pair_has_to_be_near() -> None:
    assert clusters(pairs((0, 1, 0.1), (0, 2, 0.2)), 3, 0.25).tolist() == [0, 0, 2]
    assert clusters(pairs((0, 1, 0.1), (0, 2, 0.2), (1, 2, 0.4)), 3, 0.25).tolist() == [0, 0, 0]
