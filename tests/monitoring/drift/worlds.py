"""Profiles and windows of a small world whose truth is known: brightness and sharpness, two classes, keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.bounds import WindowBounds
from assay.monitoring.profile import Profile, ProfileAbout
from assay.monitoring.window import Window
from assay.postprocess.projection import Projection

CLASSES = ("sound", "cracked")
STATISTICS = ("shorter_side", "brightness", "sharpness", "contrast")
COMPONENTS = 6


def columns(rng: np.random.Generator, n: int, *, cracked=0.3, brighter=0.0, strange=0.0, state=None) -> dict:
    """Columns of n pictures.

    Args:
        rng: that draws them.
        n: how many.
        cracked: share of the second class.
        brighter: by how many standard deviations all are.
        strange: share that is out of domain.
        state: [n, 6] of the embedding; drawn where None.
    """
    labels = (rng.random(n) < cracked).astype(np.int16)
    # What a calibrated model says of a score that is Gaussian in each class, by Bayes' rule at the mix .7 to .3.
    score = rng.standard_normal(n) + 2.5 * labels
    odds = 0.3 / 0.7 * np.exp(2.5 * score - 2.5**2 / 2)
    second = odds / (1 + odds)
    probabilities = np.stack([1 - second, second], axis=1).astype(np.float32)
    state = rng.standard_normal((n, COMPONENTS)) if state is None else state
    # Cracks darken a cell a little, so that another mix of classes shows in the pictures too.
    statistics = [
        np.full(n, 300.0),
        120 + 20 * (0.8 * state[:, 0] + 0.6 * rng.standard_normal(n) + brighter - 0.8 * labels),
        np.exp(2 + 0.3 * (0.8 * state[:, 1] + 0.6 * rng.standard_normal(n))),
        40 + 5 * (0.8 * state[:, 2] + 0.6 * rng.standard_normal(n)),
    ]
    return {
        "statistics": np.stack(statistics, axis=1).astype(np.float32),
        "confidence": probabilities.max(axis=1),
        "labels": labels,
        "predicted": probabilities.argmax(axis=1).astype(np.int16),
        "probabilities": probabilities,
        "rejected": probabilities.max(axis=1) < 0.6,
        "domain": (2 * (rng.random(n) < 0.03 + strange)).astype(np.int8),
        "components": (state + rng.standard_normal(n)[:, None] * 0.1).astype(np.float32),
    }


def a_profile(n: int = 600, seed: int = 0, **other) -> Profile:
    """The reference of the world."""
    made = columns(np.random.default_rng([seed, 100]), n, **other)
    splits = np.array(["calib", "test"])[np.arange(n) % 2]
    about = ProfileAbout(CLASSES, STATISTICS, "float", "e" * 64, {"calib": n // 2, "test": n // 2})
    identity = Projection(
        np.zeros(COMPONENTS, np.float32), np.eye(COMPONENTS, dtype=np.float32), np.ones(6, np.float32)
    )
    return Profile(about, splits, block=np.arange(n, dtype=np.int32), projection=identity, **made)


def a_window(n: int = 300, seed: int = 0, *, block: NDArray[np.integer] | None = None, **other) -> Window:
    """Answers of the world, each of a key of its own unless `block` says which."""
    made = columns(np.random.default_rng([seed, 200]), n, **other)
    made.pop("labels")
    block = np.arange(n) if block is None else block
    nothing = np.zeros(n, dtype=np.int8)
    return Window(
        bounds=WindowBounds(),
        class_names=CLASSES,
        statistics_names=STATISTICS,
        times=np.datetime64("2026-03-02T00:00", "ms") + np.arange(n) * np.timedelta64(5, "m"),
        person=made["rejected"],
        block=block.astype(np.int32),
        arm=nothing,
        version=nothing.astype(np.int16),
        bundle=nothing.astype(np.int16),
        ids=np.array([f"{index:026d}".encode() for index in range(n)]),
        keys=tuple(f"k{index}" for index in range(int(block.max()) + 1)),
        arms=("champion",),
        versions=("cells 3",),
        bundles=("b" * 64,),
        **made,
    )


def alike(n: int, seed: int, *, share: float = 0.4) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
    """Keys and embeddings of n pictures of which one key sends a share, all near one picture drawn at random.

    Over many windows what that key sends is as frequent as in the reference; within one it is a single draw.
    """
    rng = np.random.default_rng([seed, 300])
    first = int(share * n)
    block = np.concatenate([np.zeros(first), np.arange(1, n - first + 1)]).astype(np.int32)
    state = rng.standard_normal((n, COMPONENTS))
    state[:first] = np.sqrt(0.9) * rng.standard_normal(COMPONENTS) + np.sqrt(0.1) * state[:first]
    return block, state
