"""The search for copies is made once for the same pictures and classes, and never trusts what was cut off."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.data.copies.kept import kept_leaders
from assay.data.copies.parts import SearchParts

IDS = np.array(["a", "b", "c", "d"])
LABELS = np.array([0, 0, 1, 1])
LEADERS = np.array([0, 0, 2, 3])


class Search:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self, parts: SearchParts) -> NDArray[np.intp]:
        self.made += 1
        return LEADERS


def test_a_second_search_is_read(tmp_path: Path) -> None:
    search = Search()
    for _ in range(2):
        assert kept_leaders(tmp_path, "perceptual", IDS, LABELS, search).tolist() == LEADERS.tolist()
    assert search.made == 1


@pytest.mark.parametrize(
    ("kind", "ids", "labels"),
    [("pixels", IDS, LABELS), ("perceptual", IDS[::-1], LABELS), ("perceptual", IDS, LABELS[::-1])],
)
def test_other_pictures_classes_or_kinds_are_searched(
    tmp_path: Path, kind: str, ids: NDArray[np.str_], labels: NDArray[np.intp]
) -> None:
    search = Search()
    kept_leaders(tmp_path, "perceptual", IDS, LABELS, search)
    kept_leaders(tmp_path, kind, ids, labels, search)
    assert search.made == 2


@pytest.mark.parametrize(
    "wrong", [b"", b"x", np.array([0, 0, 2]), np.array([0, 0, 1, 3]), np.array([0, 3, 2, 3]), np.array([0.0, 0, 2, 3])]
)
def test_what_cannot_be_right_is_made_again(tmp_path: Path, wrong: bytes | NDArray[np.generic]) -> None:
    search = Search()
    kept_leaders(tmp_path, "perceptual", IDS, LABELS, search)
    (path,) = (tmp_path / "copies").iterdir()
    if isinstance(wrong, bytes):
        path.write_bytes(wrong)
    else:
        np.save(path, wrong)
    assert kept_leaders(tmp_path, "perceptual", IDS, LABELS, search).tolist() == LEADERS.tolist()
    assert search.made == 2
