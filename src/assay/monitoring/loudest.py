"""Loudest: which answers of a window are furthest from the reference in what has changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.profile import Profile
from assay.monitoring.window import Window

PER_KEY = 40
"""Answers of one key, at most, so that others are seen too."""
_TINY = 1e-9


def loudest(column: str, profile: Profile, window: Window, *, most: int = 200) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rows of the window that speak loudest, and how loud each is.

    Args:
        column: what has changed: a statistic of pixels, "components", "confidence", "predicted", "rejected", "domain".
        profile: the reference.
        window: answers.
        most: rows.

    Returns:
        Rows int64 [M] and scores float64 [M], the loudest first; what has not changed at all speaks not.
    """
    scores = _scores(column, profile, window)
    scores = np.where(np.isfinite(scores), scores, -np.inf)
    order = np.argsort(-scores, kind="stable")
    order = order[np.isfinite(scores[order])]
    rows = _of_several_keys(order, window.block, most)
    return rows, scores[rows]


def _scores(column: str, profile: Profile, window: Window) -> NDArray[Any]:
    if column in window.statistics_names and column in profile.statistics_names:
        reference = profile.statistics[:, profile.statistics_names.index(column)]
        values = window.statistics[:, window.statistics_names.index(column)]
        return _directed(reference, values)
    if column == "components" and profile.components is not None and window.components is not None:
        spread = np.nanstd(profile.components, axis=0) + _TINY
        away = (window.components - np.nanmean(profile.components, axis=0)) / spread
        return np.sqrt(np.square(away.astype(np.float64)).sum(axis=1))
    if column == "predicted":
        return _of_risen_classes(profile, window)
    flagged = {"rejected": window.rejected, "domain": window.domain != 0}.get(column)
    unsure = 1.0 - window.confidence.astype(np.float64)
    return unsure if flagged is None else np.where(flagged, 1.0 + unsure, -np.inf)


def _directed(reference: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """How far values lie from the reference's median, towards where the window's lies, in spreads of the reference."""
    middle = float(np.nanmedian(reference))
    low, high = np.nanquantile(reference, (0.25, 0.75))
    shift = float(np.nanmedian(values)) - middle
    away = (values.astype(np.float64) - middle) / (float(high - low) + _TINY)
    return np.abs(away) if shift == 0 else away * np.sign(shift)


def _of_risen_classes(profile: Profile, window: Window) -> NDArray[Any]:
    """Answers of classes that are more frequent than in the reference, the more the louder, then by confidence."""
    count = len(window.class_names)
    before = np.bincount(profile.predicted, minlength=count) / max(1, len(profile))
    now = np.bincount(window.predicted, minlength=count) / max(1, len(window))
    risen = (now - before)[window.predicted]
    return np.where(risen > 0, risen + _TINY * window.confidence, -np.inf)


def _of_several_keys(order: NDArray[Any], block: NDArray[Any], most: int) -> NDArray[Any]:
    """The first rows of an order, of which no key has more than its part."""
    chosen: list[int] = []
    counts: dict[int, int] = {}
    for row in order.tolist():
        key = int(block[row])
        if counts.get(key, 0) < PER_KEY:
            counts[key] = counts.get(key, 0) + 1
            chosen.append(row)
        if len(chosen) == most:
            break
    return np.array(chosen, dtype=np.int64)
