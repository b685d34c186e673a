"""A model of solar cells that is watched: its answers about each picture, as a profile that windows are drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pictures import SEED, Cells, Pictures

from assay.data.quality import STATISTICS
from assay.monitoring.profile import Profile, ProfileAbout
from assay.postprocess.projection import Projection
from assay.predictions import IntArray

CLASSES = ("functional", "defective")
TRAIN, LIMITS, REFERENCE = 400, 100, 600
COMPONENTS = 32
REJECTED, OUT = 0.1, 0.03
"""Shares of pictures of its own kind that the model rejects, or takes for another kind."""


@dataclass(frozen=True)
class World:
    """What the model says of every picture.

    Attributes:
        answers: by kind, as rows of a profile.
        usual: rows of "cells" that are neither learned from nor of the new class, for references and windows.
        new_class: rows of "cells" of mono modules that are surely defective, which nothing else has seen.
        mono: bool [2624].
    """

    answers: dict[str, Profile]
    usual: IntArray
    new_class: IntArray
    mono: NDArray[np.bool_]

    def window(self, parts: list[tuple[str, IntArray]], block: IntArray) -> Profile:
        """Pictures of several kinds, by their rows there, from sources `block`."""
        drawn = [self.answers[kind].rows(rows) for kind, rows in parts]
        names = ("splits", "statistics", "confidence", "labels", "predicted", "probabilities", "rejected", "domain")
        columns = {name: np.concatenate([getattr(each, name) for each in drawn]) for name in (*names, "components")}
        return replace(drawn[0], **columns, block=block)


def build_world(cells: Cells) -> World:
    """Train, set thresholds, and answer about every picture of every kind."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import NearestNeighbors
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    new_class = cells.mono & (cells.grade == 3)
    order = np.random.default_rng(SEED + 1).permutation(np.flatnonzero(~new_class))
    train, limits, usual = np.split(order, [TRAIN, TRAIN + LIMITS])
    labels = (cells.grade >= 2).astype(np.int16)
    embeddings = cells.kinds["cells"].embeddings
    # C was chosen for calibration on the pictures of the thresholds: .001, .003, .01, .03 were tried.
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=500))
    model.fit(embeddings[train], labels[train])
    near = NearestNeighbors(n_neighbors=5, metric="cosine").fit(embeddings[train])
    analysis = PCA(COMPONENTS, random_state=SEED).fit(embeddings[train])
    projection = Projection(
        analysis.mean_.astype(np.float32),
        analysis.components_.astype(np.float32),
        np.sqrt(analysis.explained_variance_).astype(np.float32),
    )

    def distance(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        return near.kneighbors(vectors)[0].mean(axis=1)

    low = np.quantile(model.predict_proba(embeddings[limits]).max(axis=1), REJECTED)
    far = np.quantile(distance(embeddings[limits]), 1 - OUT)

    def answered(pictures: Pictures) -> Profile:
        probabilities = model.predict_proba(pictures.embeddings).astype(np.float32)
        n = len(probabilities)
        return Profile(
            about=ProfileAbout(CLASSES, STATISTICS, "float", "e" * 64, {"calib": 0, "test": n}),
            splits=np.full(n, "test"),
            statistics=pictures.statistics.astype(np.float32),
            confidence=probabilities.max(axis=1),
            labels=labels[pictures.rows],
            predicted=probabilities.argmax(axis=1).astype(np.int16),
            probabilities=probabilities,
            rejected=probabilities.max(axis=1) < low,
            domain=(2 * (distance(pictures.embeddings) > far)).astype(np.int8),
            block=np.arange(n, dtype=np.int32),
            components=analysis.transform(pictures.embeddings).astype(np.float32) / projection.scale,
            projection=projection,
        )

    answers = {name: answered(pictures) for name, pictures in cells.kinds.items()}
    return World(answers, np.sort(usual), np.flatnonzero(new_class), cells.mono)
