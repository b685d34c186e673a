"""Copies: generated images that are nearer to a real one than real images that nobody copied ever are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.synthetic.fidelity.appearance import ORIENTATIONS
from assay.synthetic.fidelity.nearest import Looks, Nearest, best_turn, between, common_look
from assay.synthetic.fidelity.record import Cutoffs, Nearness, Pair

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

SAME = 0.005
"""1 - correlation below which two small pictures are the same picture, compressed again or not."""
MOST_BITS = 10


def cutoffs(held_out: Nearest, share: float) -> Cutoffs:
    """Where copies begin: nearer to a training image than all but `share` of held-out real images, by any measure.

    With so few of them that the nearest one alone is more than that share of other real images, about 1 / `share`,
    nothing can be compared, and only the same picture counts.

    Args:
        held_out: the nearest training images of real images that are not in train.
        share: of them that may be as near by one measure or another; those that are the same picture apart.
    """
    n = len(held_out.bits)
    if share * (n + 1) < 1:
        return Cutoffs(n, share, bits=-1, pixels=SAME, embedding=-1.0)
    bits, pixels, embedding = (np.sort(values) for values in (held_out.bits, held_out.pixels, held_out.embedding))
    most = int(share * n)
    cut = Cutoffs(n, share, -1, -1.0, -1.0)
    for index in range(most, -1, -1):
        cut = Cutoffs(n, share, min(int(bits[index]) - 1, MOST_BITS), float(pixels[index]), float(embedding[index]))
        near = np.any(list(too_near(held_out, cut).values()), axis=0) & (held_out.pixels >= SAME / 10)
        if near.sum() <= most:
            break
    return cut


def too_near(neighbours: Nearest, cut: Cutoffs) -> dict[str, NDArray[np.bool_]]:
    """Which pictures are too near by "pixels", "hash", "embedding", or because they are the "same", bool [N] each."""
    return {
        "pixels": (neighbours.pixels < cut.pixels) | (neighbours.pixels < SAME / 10),
        "hash": neighbours.bits <= cut.bits,
        "embedding": neighbours.embedding < cut.embedding,
        "same": neighbours.same_row >= 0,
    }


def is_copy(neighbours: Nearest, cut: Cutoffs) -> NDArray[np.bool_]:
    """Which pictures are the same as a real one, bool [N], turned, mirrored, cut, framed or compressed again."""
    same = (neighbours.pixels < SAME / 10) | (neighbours.same_row >= 0)
    return same | ((neighbours.pixels < SAME) & (neighbours.pixels < cut.pixels))


def pairs(
    generated: Manifest, looks: Looks, neighbours: Nearest, cut: Cutoffs, real: Manifest, real_looks: Looks
) -> list[Pair]:
    """The generated images that are too near, with the real image that shows it best, the nearest first.

    Args:
        generated: N images.
        looks: theirs.
        neighbours: their nearest among `real`.
        cut: from where on it is too near.
        real: images.
        real_looks: theirs.
    """
    near, copied = too_near(neighbours, cut), is_copy(neighbours, cut)
    listing = _Listing(generated, looks, neighbours, real, real_looks)
    listed = []
    for row in np.flatnonzero(np.any(list(near.values()), axis=0)):
        by = sorted((name for name in near if near[name][row]), key=lambda name: name != "same")
        listed.append(listing.pair(int(row), "copy" if copied[row] else "near-copy", by))
    return sorted(listed, key=lambda pair: (pair.kind != "copy", pair.pixels, pair.generated_path))


def closest(
    pictures: Manifest,
    looks: Looks,
    neighbours: Nearest,
    cut: Cutoffs,
    real: Manifest,
    real_looks: Looks,
    *,
    count: int,
) -> list[Pair]:
    """For each generator the pictures that come nearest to a real one, be it too near or not, by pixels, then by
    embedding; photographs are no near-copies, since what is too near is read from them.

    Args:
        pictures: N images; held-out real ones have no generator.
        looks: theirs.
        neighbours: their nearest among `real`.
        cut: from where on it is too near.
        real: images.
        real_looks: theirs.
        count: of each generator and measure; a picture that is among both is listed once.
    """
    if not len(real):
        return []
    near, copied = too_near(neighbours, cut), is_copy(neighbours, cut)
    listing = _Listing(pictures, looks, neighbours, real, real_looks)
    makers = pictures.table["generator"].astype(str).to_numpy(dtype=np.str_)
    listed = []
    for maker in dict.fromkeys(makers.tolist()):
        own = np.flatnonzero(makers == maker)
        taken: dict[int, str] = {}
        for by, values in (("pixels", neighbours.pixels), ("embedding", neighbours.embedding)):
            order = [int(row) for row in own[np.argsort(values[own], kind="stable")] if int(row) not in taken]
            taken |= dict.fromkeys(order[:count], by)
        for row, by in taken.items():
            too = maker != "" and any(values[row] for values in near.values())
            listed.append(listing.pair(row, "copy" if copied[row] else "near-copy" if too else "nearest", [by]))
    return listed


def nearness(generator: str, neighbours: Nearest, rows: NDArray[np.bool_]) -> Nearness | None:
    """How near some pictures come, in 21 quantiles; None where there are none, or nothing to be near to.

    Args:
        generator: who made them; "" for real ones.
        neighbours: the nearest training images of N pictures.
        rows: bool [N], those that are meant.
    """
    if not rows.any() or (neighbours.embedding_row[rows] < 0).any():
        return None
    levels = np.linspace(0, 1, 21)
    pixels, embedding = (
        tuple(round(float(value), 6) for value in np.quantile(np.maximum(values[rows], 0), levels))
        for values in (neighbours.pixels, neighbours.embedding)
    )
    return Nearness(generator, int(rows.sum()), pixels, embedding)


class _Listing:
    """Makes pairs of pictures and the real images nearest to them."""

    def __init__(
        self, pictures: Manifest, looks: Looks, neighbours: Nearest, real: Manifest, real_looks: Looks
    ) -> None:
        self.pictures, self.looks, self.neighbours = pictures, looks, neighbours
        self.real, self.real_looks = real, real_looks
        self.common = common_look(real_looks)

    def pair(self, row: int, kind: str, by: list[str]) -> Pair:
        """A picture, and the real image that is nearest by the first of these measures."""
        neighbours = self.neighbours
        other, turn = {
            "pixels": (int(neighbours.pixels_row[row]), int(neighbours.pixels_turn[row])),
            "hash": (int(neighbours.bits_row[row]), int(neighbours.bits_turn[row])),
            "embedding": (int(neighbours.embedding_row[row]), 0),
            "same": (int(neighbours.same_row[row]), 0),
        }[by[0]]
        looks = self.looks.rows(np.array([row])), self.real_looks.rows(np.array([other]))
        if by[0] == "same":
            turn = best_turn(*looks, self.common)
        bits, pixels, embedding = between(*looks, turn, self.common)
        own, match = self.pictures.table.iloc[row], self.real.table.iloc[other]
        return Pair(
            kind=kind,
            generated_id=str(own["id"]),
            generated_path=str(own["path"]),
            generator=str(own["generator"]),
            name=self.pictures.class_names[int(own["label"])],
            real_id=str(match["id"]),
            real_path=str(match["path"]),
            real_split=str(match["split"]),
            orientation=ORIENTATIONS[turn],
            bits=bits,
            pixels=round(pixels, 6),
            embedding=round(embedding, 6),
            by=",".join(by),
        )
