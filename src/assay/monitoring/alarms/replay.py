"""Replay: windows without drift, drawn from a profile with the size and the sources of real ones, and tested."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.monitoring.drift.cluster_weights import MOST_SHARE
from assay.monitoring.drift.family import DriftFamily
from assay.monitoring.drift.observed import Observed
from assay.monitoring.profile import Profile
from assay.predictions import IntArray

SHARE = 0.5
"""Of the profile's images that stand in for the reference; windows are drawn from the others."""
FEWEST = 10
DRAWS = 9_999


@dataclass(frozen=True, eq=False)
class Replays:
    """What looks at windows without drift came to.

    Attributes:
        smallest: float64 [R, L], smallest p of all tests, after Holm, of each look of each replay.
        n: pictures of each window.
        wanted_n: pictures that windows should have had; more than `n` where the profile is small.
    """

    smallest: NDArray[np.float64]
    n: int
    wanted_n: int


def replay(
    profile: Profile,
    block_sizes: IntArray,
    *,
    looks: int = 1,
    fresh: float = 1.0,
    alike: bool = True,
    replays: int = 200,
    most_share: float = MOST_SHARE,
    draws: int = DRAWS,
    seed: int = 0,
) -> Replays:
    """Test windows that hold nothing but the profile's own images.

    Each replay divides the profile anew into a reference and a rest, and every image is in one window of it at most
    (in each look that it stays in), so what is counted is what independent samples of one population give.

    Args:
        profile: whose images are replayed.
        block_sizes: [K], pictures that each source sends in a window.
        looks: at windows that follow each other, in each replay.
        fresh: share of a window that is new at the next look, in (0, 1].
        alike: whether what one source sends resembles each other: the nearest neighbours of one image drawn at random.
        replays: R.
        most_share: weight that no source gets more of.
        draws: most sign flips of each test.
        seed: of everything that is drawn.

    Raises:
        DataError: the profile has too few images for any window.
    """
    total, wanted = len(profile), int(np.sum(block_sizes))
    room = int((1 - SHARE) * total / (1 + (looks - 1) * fresh))
    if min(room, wanted) < FEWEST:
        raise DataError(
            f"a profile of {total} images cannot be replayed in {looks} windows of at least {FEWEST}; "
            "measure the run on more images"
        )
    sizes = _scaled(block_sizes, min(room, wanted))
    n, step = int(sizes.sum()), max(1, round(fresh * sizes.sum()))
    smallest = np.empty((replays, looks))
    near = _places(profile) if alike else None
    for number in range(replays):
        rng = np.random.default_rng([seed, number])
        order = rng.permutation(total)
        pool, reference = np.split(order, [int((1 - SHARE) * total)])
        stream = pool[: n + (looks - 1) * step]
        family = DriftFamily(profile.rows(np.sort(reference)), seed=seed + number, most_share=most_share)
        for look in range(looks):
            own = stream[look * step : look * step + n]
            chosen, block = _arranged(own, pool, sizes, near, rng)
            window = replace(profile.rows(chosen), block=block)
            smallest[number, look] = min(each.p_holm for each in family.against(window, draws=draws))
    return Replays(smallest, n, wanted)


def _scaled(sizes: IntArray, n: int) -> IntArray:
    """The same sources with n pictures in all, the largest first; those that are left with none fall away."""
    ordered = np.sort(np.asarray(sizes))[::-1].astype(np.float64)
    edges = np.round(np.cumsum(ordered) / ordered.sum() * n).astype(np.int64)
    scaled = np.diff(edges, prepend=0)
    return np.asarray(scaled[scaled > 0])


def _places(profile: Observed) -> NDArray[np.float64]:
    """Where images lie, [N, K], to tell which resemble each other: by embedding, else by statistics."""
    components = profile.components
    values = profile.statistics if components is None or not np.isfinite(components).all() else components
    values = np.nan_to_num(values.astype(np.float64))
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1))


def _arranged(
    own: IntArray, pool: IntArray, sizes: IntArray, near: NDArray[np.float64] | None, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Rows of a window and the source of each, the largest source first; `own` is as many drawn at random."""
    block = np.repeat(np.arange(len(sizes)), sizes)
    if near is None:
        return own, block
    alone = own[int(sizes[sizes > 1].sum()) :]
    # From all that is not in the window: taken from its own images, what is alike would leave a hole in the rest.
    others = np.setdiff1d(pool, alone)
    chosen = []
    for size in sizes[sizes > 1]:
        first = others[rng.integers(len(others))]
        nearest = np.argsort(np.square(near[others] - near[first]).sum(axis=1), kind="stable")[:size]
        chosen.append(others[nearest])
    return np.concatenate([*chosen, alone]), block
