"""Reference: the profile of an answerer, made of what it answers about images of calib and test; train is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from assay.errors import DataError
from assay.monitoring.profile import SPLITS, Profile, ProfileAbout
from assay.postprocess.ood.two_stage import DOMAINS
from assay.postprocess.projection import Projection
from assay.predictions import IntArray, Predictions, joined
from assay.predictor import Answerer

MOST = 4000
"""Images of each split that a profile keeps: shares among them are known to about .015, in a megabyte."""


def drawn_rows(count: int, *, most: int = MOST, seed: int = 0) -> IntArray:
    """Which of so many images a profile keeps, int64, in their order; all of them where they are not too many.

    Args:
        count: images that there are.
        most: that are kept.
        seed: of the draw, which looks at nothing else.
    """
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def build_profile(
    answerer: Answerer,
    predictions: Mapping[str, Predictions],
    about: ProfileAbout,
    *,
    most: int = MOST,
    projection: Projection | None = None,
) -> Profile:
    """The profile of what is served.

    Args:
        answerer: of the form that is served, with the rules that it is served with.
        predictions: what it says, before calibration, about images of calib and test, by split; both are needed, and
            `images` of `about` may say that these were drawn from more.
        about: whose profile it is; names of classes and statistics are taken from the predictions.
        most: images of each split that are kept.
        projection: in which what was logged is; None where nothing was, so that one is learned from calib.

    Raises:
        DataError: they are of another split, are of nobody knows which class, or there are none.
    """
    for split, each in predictions.items():
        if split not in SPLITS or each.split != split:
            raise DataError(
                f"a reference profile is made of calib and test, never of {each.split}: a network is surer of what it "
                "has learned from, and every window would look like drift beside that"
            )
    if missing := [split for split in SPLITS if split not in predictions or not len(predictions[split])]:
        raise DataError(f"a reference profile needs images of the split {missing[0]}, and there are none")
    kept = {
        split: predictions[split].rows(drawn_rows(len(predictions[split]), most=most, seed=about.seed))
        for split in SPLITS
    }
    if projection is None and kept["calib"].embeddings is not None:
        projection = Projection.fit(kept["calib"])
    everything = joined([_of_both(kept[split], kept) for split in SPLITS])
    answers = answerer.to_answers(everything)
    class_of = {name: index for index, name in enumerate(everything.class_names)}
    statistics = everything.statistics
    if statistics is None:
        statistics = np.zeros((len(everything), 0), dtype=np.float32)
    if projection is not None and everything.embeddings is not None:
        components = projection.components(everything.embeddings).astype(np.float32)
    else:
        components = None
    return Profile(
        about=replace(
            about,
            class_names=everything.class_names,
            statistics_names=everything.statistics_names,
            images={**{split: len(predictions[split]) for split in SPLITS}, **about.images},
        ),
        splits=np.concatenate([np.full(len(kept[split]), split) for split in SPLITS]),
        statistics=statistics,
        confidence=np.array([answer.confidence for answer in answers], dtype=np.float32),
        labels=everything.labels.astype(np.int16),
        predicted=np.array([class_of[answer.label] for answer in answers], dtype=np.int16),
        probabilities=np.stack([answer.probabilities for answer in answers]).astype(np.float32),
        rejected=np.array([answer.rejected for answer in answers], dtype=np.bool_),
        domain=np.array([DOMAINS.index(answer.domain) for answer in answers], dtype=np.int8),
        block=np.unique(everything.groups, return_inverse=True)[1].astype(np.int32),
        components=components,
        projection=projection,
    )


def _of_both(part: Predictions, kept: Mapping[str, Predictions]) -> Predictions:
    """With those statistics alone that were measured in all splits."""
    common = [name for name in part.statistics_names if all(name in each.statistics_names for each in kept.values())]
    if part.statistics is None or len(common) == len(part.statistics_names):
        return part
    columns = [part.statistics_names.index(name) for name in common]
    return replace(part, statistics=part.statistics[:, columns], statistics_names=tuple(common))
