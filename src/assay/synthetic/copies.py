"""Copies: generated images that are nearer to a real one than real images that nobody copied ever are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.synthetic.appearance import ORIENTATIONS
from assay.synthetic.nearest import Looks, Nearest, between, common_look
from assay.synthetic.record import Cutoffs, Pair

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

SAME = 0.005
"""1 - correlation below which two small pictures are the same picture, compressed again or not."""
FEWEST_HELD_OUT = 20
MOST_BITS = 10


def cutoffs(held_out: Nearest, share: float) -> Cutoffs:
    """Where copies begin: nearer to a training image than all but `share` of held-out real images.

    With fewer than `FEWEST_HELD_OUT` of them nothing can be compared, and only the same picture counts.

    Args:
        held_out: the nearest training images of real images that are not in train.
        share: of them that may be as near.
    """
    n = len(held_out.bits)
    if n < FEWEST_HELD_OUT:
        return Cutoffs(n, share, bits=4, pixels=SAME, embedding=-1.0)
    place = int(share * n)
    bits = min(int(np.sort(held_out.bits)[place]) - 1, MOST_BITS)
    return Cutoffs(n, share, bits, float(np.sort(held_out.pixels)[place]), float(np.sort(held_out.embedding)[place]))


def too_near(found: Nearest, cut: Cutoffs) -> dict[str, NDArray[np.bool_]]:
    """Which pictures are too near by "pixels", "hash" and "embedding", bool [N] each."""
    return {
        "pixels": (found.pixels < cut.pixels) | (found.pixels < SAME / 10),
        "hash": found.bits <= cut.bits,
        "embedding": found.embedding < cut.embedding,
    }


def is_copy(found: Nearest, cut: Cutoffs) -> NDArray[np.bool_]:
    """Which pictures are the same as a real one, bool [N], turned, mirrored or compressed again."""
    return ((found.pixels < SAME) & (found.pixels < cut.pixels)) | (found.pixels < SAME / 10)


def pairs(
    generated: Manifest, looks: Looks, found: Nearest, cut: Cutoffs, real: Manifest, real_looks: Looks
) -> list[Pair]:
    """The generated images that are too near, with the real image that shows it best, the nearest first.

    Args:
        generated: N images.
        looks: theirs.
        found: their nearest among `real`.
        cut: from where on it is too near.
        real: images.
        real_looks: theirs.
    """
    near, common = too_near(found, cut), common_look(real_looks)
    copied = is_copy(found, cut)
    listed = []
    for row in np.flatnonzero(np.any(list(near.values()), axis=0)):
        by = [name for name in near if near[name][row]]
        where = {
            "pixels": (found.pixels_row[row], found.pixels_turn[row]),
            "hash": (found.bits_row[row], found.bits_turn[row]),
            "embedding": (found.embedding_row[row], 0),
        }
        other, turn = (int(value) for value in where[by[0]])
        bits, pixels, embedding = between(looks.rows(np.array([row])), real_looks.rows(np.array([other])), turn, common)
        own, match = generated.table.iloc[row], real.table.iloc[other]
        listed.append(
            Pair(
                kind="copy" if copied[row] else "near-copy",
                generated_id=str(own["id"]),
                generated_path=str(own["path"]),
                generator=str(own["generator"]),
                name=generated.class_names[int(own["label"])],
                real_id=str(match["id"]),
                real_path=str(match["path"]),
                real_split=str(match["split"]),
                orientation=ORIENTATIONS[turn],
                bits=bits,
                pixels=round(pixels, 6),
                embedding=round(embedding, 6),
                by=",".join(by),
            )
        )
    return sorted(listed, key=lambda pair: (pair.kind != "copy", pair.pixels, pair.generated_path))
