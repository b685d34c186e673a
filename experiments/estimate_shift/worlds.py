"""Worlds whose accuracy is known: simulated pictures, and real solar cells behind a head on their embeddings."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SPLITS = ("train", "val", "calib", "test")
PRIOR = np.array([0.5, 0.25, 0.15, 0.1])


@dataclass(frozen=True)
class World:
    """All pictures that there are; windows are drawn from it with replacement.

    Attributes:
        labels: [N], class indices.
        probabilities: [N, C] of the model.
        chance: [N], with which each is drawn now; sums to 1.
        was: [N], with which each was drawn for the reference.
        old_labels: [N], what each was called then; another meaning of the classes where they differ.
        statistics: [N, S], what is measured on each picture itself.
    """

    labels: NDArray[np.int64]
    probabilities: Floats
    chance: Floats
    was: Floats
    old_labels: NDArray[np.int64]
    statistics: Floats

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """[N], the model's answers."""
        return self.probabilities.argmax(axis=1)

    def drawn_now(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Rows of a window."""
        return np.searchsorted(self._now, rng.uniform(size=n) * self._now[-1])

    def drawn_before(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Rows of a reference."""
        return np.searchsorted(self._before, rng.uniform(size=n) * self._before[-1])

    @cached_property
    def _now(self) -> Floats:
        return np.cumsum(self.chance)

    @cached_property
    def _before(self) -> Floats:
        return np.cumsum(self.was)

    @property
    def accuracy(self) -> float:
        """What is to be estimated."""
        return float(self.chance @ (self.predicted == self.labels))

    @property
    def before(self) -> float:
        """What it was for the reference."""
        return float(self.was @ (self.predicted == self.old_labels))


def _world(
    labels: NDArray[np.int64],
    probabilities: Floats,
    tilt: Floats,
    new_labels: NDArray[np.int64],
    statistics: Floats,
) -> World:
    chance = np.exp(tilt - tilt.max())
    even = np.full(len(labels), 1 / len(labels))
    return World(new_labels, probabilities, chance / chance.sum(), even, labels, statistics)


def simulated(shift: str, *, n: int = 200_000, seed: int = 0) -> World:
    """Four classes, of which the model knows the true chances but is 1.3 times too sure of its logits."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(4, n, p=PRIOR)
    hard = rng.uniform(size=n)  # how far from its class a picture is; seen by the model
    seen = rng.normal(size=(n, 4))
    strength = 2.6 - 1.6 * hard
    seen[np.arange(n), labels] += strength
    logits = 1.3 * (strength[:, None] * seen + np.log(PRIOR))
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    tilt = 2.0 * hard if shift == "covariate" else np.zeros(n)
    if shift == "prior":  # classes become more or less frequent, looking as before: P(class | picture) changes
        tilt = np.log(np.array([0.2, 0.25, 0.25, 0.3]) / PRIOR)[labels]
    moved = np.where((labels == 0) & (rng.uniform(size=n) < 0.25), 1, labels) if shift == "concept" else labels
    return _world(labels, chances, tilt, moved, np.column_stack([hard, rng.normal(size=(n, 4))]))


def cells(shift: str, folder: Path) -> World:
    """Solar cells of elpv-dataset: embeddings of EfficientNet-Lite0, and a linear head that has not seen the cell."""
    data = np.load(_embedded(folder))
    labels, embeddings, groups = data["labels"].astype(np.int64), data["embeddings"], data["groups"]
    brightness, sharpness = data["brightness"], data["sharpness"]
    probabilities = _out_of_fold(embeddings, labels, groups, folder)
    standard = lambda values: (values - values.mean()) / values.std()  # noqa: E731
    tilt = np.zeros(len(labels))
    if shift == "darker":
        tilt = -0.8 * standard(brightness)
    elif shift == "sharper":
        tilt = 0.8 * standard(np.log(sharpness + 1e-6))
    elif shift == "harder":
        tilt = -0.8 * standard(probabilities.max(axis=1))
    rng = np.random.default_rng(1)
    moved = labels
    if shift == "concept":  # another bench grades: a third of the functional cells are called likely functional there
        moved = np.where((labels == 0) & (rng.uniform(size=len(labels)) < 1 / 3), 1, labels)
    return _world(labels, probabilities, tilt, moved, data["statistics"])


def _embedded(folder: Path) -> Path:
    """File with embeddings, labels, groups and statistics of all cells, of one training as `assay train` does it."""
    kept = folder / "cells.npz"
    if kept.exists():
        return kept
    from assay.config.compose import compose
    from assay.predictions import Predictions
    from assay.run.train import train

    back = Path.cwd()
    cache = str(Path(os.environ.get("ASSAY_CACHE", compose([]).cache)).expanduser())
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        try:
            outcome = train(compose([f"cache={cache}", "evaluation=quick"]))
            kept_splits = (outcome.folder / "predictions" / f"{split}.parquet" for split in SPLITS)
            parts = [Predictions.load(file) for file in kept_splits]
        finally:
            os.chdir(back)
    names = parts[0].statistics_names
    statistics = np.concatenate([part.statistics for part in parts])
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        kept,
        embeddings=np.concatenate([part.embeddings for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        groups=np.unique(np.concatenate([part.groups for part in parts]), return_inverse=True)[1],
        statistics=statistics,
        brightness=statistics[:, names.index("brightness")],
        sharpness=statistics[:, names.index("sharpness")],
    )
    return kept


def _out_of_fold(embeddings: Floats, labels: NDArray[np.int64], groups: NDArray[np.int64], folder: Path) -> Floats:
    kept = folder / "head.npy"
    if kept.exists():
        return np.load(kept)
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    out = np.zeros((len(labels), labels.max() + 1))
    for train, test in StratifiedGroupKFold(5, shuffle=True, random_state=0).split(embeddings, labels, groups):
        head = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=500))
        out[test] = head.fit(embeddings[train], labels[train]).predict_proba(embeddings[test])
    np.save(kept, out)
    return out
