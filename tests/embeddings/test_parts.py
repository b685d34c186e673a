from __future__ import annotations

import numpy as np
import pytest

from assay.embeddings.parts import cut


def names(count: int) -> np.ndarray:
    return np.array([f"{number:05d}" for number in np.random.default_rng(0).permutation(count)])


@pytest.mark.parametrize(("images", "shards", "parts"), [(320, 3, 3), (320, 99, 10), (33, 1, 1), (1, 4, 1), (0, 2, 0)])
def test_every_image_is_in_one_part_in_order_and_parts_are_whole_batches(images: int, shards: int, parts: int) -> None:
    ids = names(images)
    found = cut(ids, shards, batch=32)
    assert len(found) == parts
    assert [row for part in found for row in part.rows] == list(range(images))
    assert all(len(part.rows) % 32 == 0 for part in found[:-1])
    assert [image.decode() for part in found for image in part.ids] == ids.tolist()


def test_of_equal_pictures_the_first_stands_for_all() -> None:
    (part,) = cut(np.array(["b", "a", "b", "c", "a"]), None, batch=32)
    assert part.rows.tolist() == [0, 1, 3]


@pytest.mark.parametrize(("images", "parts"), [(64, 2), (5_000, 16), (20_000, 20)])
def test_by_default_parts_hold_at_most_a_file_and_are_enough_for_several_workers(images: int, parts: int) -> None:
    assert len(cut(names(images), None, batch=32)) == parts


def test_two_processes_that_cut_alike_know_a_part_by_its_name() -> None:
    first, second = (cut(names(200), 4, batch=32) for _ in range(2))
    assert [part.name for part in first] == [part.name for part in second]
    assert len({part.name for part in first}) == 4
