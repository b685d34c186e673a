from __future__ import annotations

from assay.run.shared_objects import KEPT_OF_A_KIND, once, sharing


def test_inside_a_block_a_thing_is_made_once_for_what_it_is_made_from() -> None:
    with sharing():
        first = once("list", {"a": 1, "b": [2]}, lambda: [1])
        assert once("list", {"b": [2], "a": 1}, lambda: [2]) is first
        assert once("list", {"a": 1, "b": [3]}, lambda: [3]) == [3]
        assert once("other list", {"a": 1, "b": [2]}, lambda: [4]) == [4]


def test_outside_of_a_block_it_is_made_every_time_and_nothing_is_left_of_an_earlier_one() -> None:
    with sharing():
        first = once("list", 1, lambda: [1])
    assert once("list", 1, lambda: [1]) is not first
    with sharing():
        assert once("list", 1, lambda: [1]) is not first


def test_a_block_inside_another_shares_with_it() -> None:
    with sharing():
        first = once("list", 1, lambda: [1])
        with sharing():
            assert once("list", 1, lambda: [1]) is first
        assert once("list", 1, lambda: [1]) is first


def test_what_was_used_longest_ago_is_forgotten() -> None:
    with sharing():
        kept = [once("list", place, list) for place in range(KEPT_OF_A_KIND)]
        assert once("list", 0, list) is kept[0]
        once("list", "one more", list)
        assert once("list", 0, list) is kept[0]
        assert once("list", 1, list) is not kept[1]
