"""A search that is killed goes on where it was, and comes to the same."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.data.copies import search
from assay.data.copies.faces import Faces
from assay.data.copies.kept import kept_leaders
from assay.data.copies.parts import Arrays, SearchParts
from assay.data.copies.search import near_pairs


class KillError(Exception):
    pass


class KilledParts(SearchParts):
    """Ends after some parts, as a kill does."""

    def __init__(self, folder: Path, left: int) -> None:
        super().__init__(folder)
        self.left = left
        self.made: list[str] = []

    def part(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        def counted() -> Arrays:
            if len(self.made) == self.left:
                raise KillError
            self.made.append(name)
            return compute()

        return super().part(name, counted)


def thumbnails() -> NDArray[np.uint8]:
    """90 surfaces of noise, and 30 of them again with other noise upon them."""
    rng = np.random.default_rng(0)
    surfaces = np.repeat(np.repeat(rng.integers(40, 216, (90, 8, 8)), 4, axis=1), 4, axis=2)
    both = np.concatenate([surfaces, surfaces[:30]])
    return np.clip(both + rng.normal(0, 3, both.shape), 0, 255).astype(np.uint8)


def test_a_search_that_was_killed_again_and_again_comes_to_the_same_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_BLOCK", (16, 32))
    monkeypatch.setattr(search, "_PART", 120 * 32)
    faces = Faces(thumbnails())
    whole = near_pairs(faces)
    made: list[str] = []
    pairs = None
    while pairs is None:
        parts = KilledParts(tmp_path / "parts", 5)
        with contextlib.suppress(KillError):
            pairs = near_pairs(faces, parts=parts)
        made += parts.made
    assert len(made) == len(set(made)) > 40
    for name in ("first", "second", "distance", "turn", "view", "of_first"):
        assert getattr(pairs, name).tolist() == getattr(whole, name).tolist()
    assert set(zip(range(30), range(90, 120), strict=True)) <= set(
        zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    )


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_damaged_part_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    parts = SearchParts(tmp_path / "parts")
    parts.part("first", lambda: {"values": np.arange(3)})
    (path,) = (tmp_path / "parts").iterdir()
    path.write_bytes(path.read_bytes()[:-30] if damage is None else damage)
    assert parts.part("first", lambda: {"values": np.arange(4)})["values"].tolist() == [0, 1, 2, 3]
    assert parts.part("first", lambda: {"values": np.arange(5)})["values"].tolist() == [0, 1, 2, 3]


def test_parts_go_once_what_they_make_up_is_kept(tmp_path: Path) -> None:
    def look(parts: SearchParts) -> NDArray[np.intp]:
        return np.asarray(parts.part("all", lambda: {"leader": np.array([0, 0])})["leader"])

    kept_leaders(tmp_path, "perceptual", np.array(["a", "b"]), np.array([0, 0]), look)
    assert [path.suffix for path in (tmp_path / "copies").iterdir()] == [".npy"]
