"""Sources of a window: who dominates it, who differs from the reference alone, and when that forbids a verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.monitoring.drift.cluster_weights import ClusterWeights
from assay.monitoring.drift.effects import ks_distance
from assay.monitoring.drift.family import DriftFamily, MeasuredDrift
from assay.monitoring.drift.independent import Word
from assay.monitoring.drift.measures import finite_rows, measures_of
from assay.monitoring.drift.settings import DriftSettings
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window

SUSPECTS = 3
LEFT = 0.5
"""Of an effect that may be left without a source for it to be the only one: fewer pictures show less too."""
SINGULAR: dict[Word, str] = {"keys": "key", "bursts": "burst", "stretches": "stretch"}
LARGE_SHARE = 0.2
FEWEST = 30
ODD = 0.3
"""KS distance from which a source that sends much is named, though nothing is decided by it."""


def sources_of(
    window: Window, clusters: ClusterWeights, settings: DriftSettings, word: Word, *, keys: int, needed: int
) -> tuple[str, ...]:
    """What has to be known of the sources of a window.

    Args:
        window: that was tested.
        clusters: its sources.
        settings: of the test.
        word: what a source is.
        keys: that sent the pictures.
        needed: sources below which no test can be significant.
    """
    count = len(clusters.counts)
    notes = []
    if count < needed:
        finer = " sources=auto takes stretches of what they send as sources." if word == "keys" else ""
        notes.append(
            f"Pictures come from {count} {word if count != 1 else SINGULAR[word]}; below {needed} no difference can be "
            f"told from what one of them happens to send, so nothing can be said about drift.{finer}"
        )
    elif word == "stretches":
        each = f"{keys} keys, so what each" if keys > 1 else "one key, so what it"
        notes.append(
            f"Pictures come from {each} sends in a row, some {len(window) // count} pictures at a time, counts as one "
            "source. A change that stays is seen; a series of alike pictures as long as the window looks like one."
        )
    if clusters.largest > max(settings.most_share, 1 / count) + 1e-9:
        notes.append(
            f"{_capital(_name(window, clusters))} sends {clusters.largest:.0%} of the pictures and counts as "
            f"{clusters.shares[0]:.0%}, so that no single source decides."
        )
    return tuple(notes)


def without_one(
    family: DriftFamily, window: Window, settings: DriftSettings, *, keyed: Window, measured: Sequence[MeasuredDrift]
) -> str:
    """Name of the source (of the three largest) without which nothing is significant; "" for none.

    Where stretches of what keys send are the sources, it is still a key that is left out, with all of its stretches.

    Args:
        family: of the reference.
        window: in which something is significant.
        settings: of the test.
        keyed: the same answers, with keys for sources.
        measured: of the window.
    """
    suspects = keyed if keyed.keys else window
    clusters = ClusterWeights.of(suspects.block, most_share=settings.most_share)
    met = [place for place, each in enumerate(measured) if each.p_holm <= settings.level]
    for place in range(min(SUSPECTS, len(clusters.counts))):
        others = clusters.index != place
        # Only what is a large part of them can be the cause, and without most of them little is left to be seen.
        if clusters.counts[place] < 0.05 * len(window) or others.sum() < FEWEST:
            continue
        rest = family.against(window.rows(others), draws=settings.draws)
        gone = all(rest[test].effect <= LEFT * measured[test].effect for test in met)
        if gone and all(each.p_holm > settings.level for each in rest):
            return _name(suspects, clusters, place)
    return ""


def odd_source(profile: Profile, window: Window, clusters: ClusterWeights) -> tuple[str, ...]:
    """A note where the largest source sends pictures unlike the reference; it alone is no evidence of drift.

    Args:
        profile: the reference.
        window: that was tested.
        clusters: its sources.
    """
    if clusters.largest < LARGE_SHARE or clusters.counts[0] < FEWEST or len(clusters.counts) < 2:
        return ()
    own, others = (window.rows(mask) for mask in (clusters.index == 0, clusters.index != 0))
    distances = []
    for measure in measures_of(profile):
        sides = [_finite(measure.values(each)) for each in (own, others, profile)] if measure.test == "ks" else []
        if sides and all(map(len, sides)):
            # Where all have changed, one that has changed with them is not odd.
            distances.append((min(ks_distance(side, sides[0]) for side in sides[1:]), measure.label))
    distance, label = max(distances, default=(0.0, ""))
    if distance < ODD:
        return ()
    return (
        f"{_capital(_name(window, clusters))} sends pictures unlike the reference and unlike all others ({label}: KS "
        f"distance {distance:.2f}). One source alone is no evidence that the others changed; look at its pictures.",
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _finite(values: np.ndarray) -> np.ndarray:
    return values[finite_rows(values)]


def _name(window: Window, clusters: ClusterWeights, place: int = 0) -> str:
    block = int(window.block[np.flatnonzero(clusters.index == place)[0]])
    return window.keys[block] if 0 <= block < len(window.keys) else "one source"
