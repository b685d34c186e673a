"""AUROC of out-of-fold scores, fold by fold, with an interval over groups and what it reaches by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer]


def fold_auroc(scores: FloatArray, classes: NDArray[np.bool_], folds: IntArray) -> FloatArray:
    """Mean of the folds' AUROC, weighted by their images, float64 [R]; 0.5 where a fold has one side alone.

    Scores of one fold come from one model, those of several do not: putting them into one order lets a model that
    knows nothing fall below 0.5.

    Args:
        scores: [N], larger for the class.
        classes: [N, R], whether an image is of the class, in each of R versions of the labels.
        folds: [N].
    """
    sums = np.zeros(classes.shape[1])
    for fold in np.unique(folds).tolist():
        rows = folds == fold
        inside = classes[rows].astype(np.float64)
        ranks = rankdata(scores[rows])
        many = inside.sum(axis=0)
        others = len(ranks) - many
        with np.errstate(divide="ignore", invalid="ignore"):
            auroc = (ranks @ inside - many * (many + 1) / 2) / (many * others)
        sums += len(ranks) * np.where((many > 0) & (others > 0), auroc, 0.5)
    return np.asarray(sums / len(scores))


def interval(
    scores: FloatArray,
    of_class: NDArray[np.bool_],
    folds: IntArray,
    groups: IntArray,
    *,
    resamples: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """95 % percentile interval of `fold_auroc` over groups, drawn with replacement within each fold.

    Args:
        scores: [N].
        of_class: [N].
        folds: [N], of whole groups.
        groups: [N], numbered from 0.
        resamples: how many.
        rng: draws them.
    """
    sums = np.zeros(resamples)
    for fold in np.unique(folds).tolist():
        rows = np.flatnonzero(folds == fold)
        names, own = np.unique(groups[rows], return_inverse=True)
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples).T[own]  # [n, R]
        _, place = np.unique(scores[rows], return_inverse=True)
        yes, no = (np.zeros((place.max() + 1, resamples)) for _ in range(2))
        inside = of_class[rows]
        np.add.at(yes, place[inside], drawn[inside])
        np.add.at(no, place[~inside], drawn[~inside])
        below = np.cumsum(no, axis=0) - no / 2
        pairs = yes.sum(axis=0) * no.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            auroc = (yes * below).sum(axis=0) / pairs
        sums += len(rows) * np.where(pairs > 0, auroc, 0.5)
    low, high = np.quantile(sums / len(scores), [0.025, 0.975])
    return float(low), float(high)


def permuted(labels: IntArray, folds: IntArray, groups: IntArray, *, count: int, rng: np.random.Generator) -> IntArray:
    """Labels as they would be if they had nothing to do with the pictures, [N, R]: exchanged between groups of a fold.

    A group of several labels takes those of another one of its size where there is one, so that images of a group stay
    as alike as they are.

    Args:
        labels: [N].
        folds: [N], of whole groups.
        groups: [N], numbered from 0.
        count: R.
        rng: draws them.
    """
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    drawn = np.repeat(labels[:, None], count, axis=1)
    if sizes.max() == 1 or (labels == labels[first[groups]]).all():
        # Each group has one label, which goes to a whole other one: no picture has to be looked at by itself.
        of_group = labels[first]
        for fold in np.unique(folds).tolist():
            own = np.flatnonzero(folds[first] == fold)
            taken = np.argsort(rng.random((len(own), count)), axis=0)
            new = np.zeros((len(first), count), dtype=labels.dtype)
            new[own] = of_group[own[taken]]
            rows = folds == fold
            drawn[rows] = new[groups[rows]]
        return np.asarray(drawn)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    for fold in np.unique(folds).tolist():
        own = np.flatnonzero(folds[first] == fold)
        for column in range(count):
            taken = rng.permutation(own)
            for mine, other in zip(own.tolist(), taken.tolist(), strict=True):
                drawn[members[mine], column] = np.resize(labels[members[other]], sizes[mine])
    return np.asarray(drawn)
