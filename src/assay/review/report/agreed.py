"""Agreement on a part of the items: overall, of pairs of reviewers, per class and per reviewer."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations

import numpy as np

from assay.evaluation.resampling import Resampling
from assay.measurement import Measurement
from assay.review.agreement.measured import cohen_kappa, krippendorff_alpha, raw_agreement
from assay.review.agreement.ratings import Ratings, ratings_of
from assay.review.forms.form import NOT_THIS_KIND
from assay.review.report.counting import share_of
from assay.review.report.material import Material, picture_of
from assay.review.report.record import SliceAgreement


def agreement_of(material: Material, part: str, grades: bool, resampling: Resampling) -> SliceAgreement | None:
    """How far reviewers agree; None where nobody has chosen anything.

    Args:
        material: of a form.
        part: slice of the items.
        grades: whether classes are grades.
        resampling: how intervals are made.
    """
    rows = list(material.independent(part))
    if not rows:
        return None
    choices = [(item.id, material.names.get(review.reviewer, review.reviewer), review.blind) for item, review in rows]
    groups: dict[Hashable, Hashable] = {item.id: picture_of(item) for item, _ in rows}
    classes = (
        tuple(dict.fromkeys(name for item, _ in rows for name in item.classes)) if material.form.asks_class else ()
    )
    ratings = ratings_of(choices, groups, classes)
    pairs = list(combinations(range(len(ratings.reviewers)), 2))
    kappas = {
        f"{ratings.reviewers[first]} · {ratings.reviewers[second]}": cohen_kappa(ratings, first, second, resampling)
        for first, second in pairs
        if ((ratings.codes[:, first] >= 0) & (ratings.codes[:, second] >= 0)).any()
    }
    shared = ratings.shared
    used = [n for n in range(len(ratings.classes)) if (shared.codes == n).any()]
    return SliceAgreement(
        part,
        raw_agreement(ratings, resampling),
        krippendorff_alpha(ratings, resampling),
        krippendorff_alpha(_grades(ratings), resampling, ordinal=True) if grades and classes else None,
        kappas,
        {ratings.classes[n]: krippendorff_alpha(shared.one_against_rest(n), resampling) for n in used},
        {name: _with_others(shared, n, resampling) for n, name in enumerate(ratings.reviewers)},
    )


def _grades(ratings: Ratings) -> Ratings:
    """Without what is no grade, which lies in no order with the others."""
    if NOT_THIS_KIND not in ratings.classes:
        return ratings
    codes = np.where(ratings.codes == ratings.classes.index(NOT_THIS_KIND), -1, ratings.codes)
    return Ratings(codes, ratings.classes, ratings.reviewers, ratings.units)


def _with_others(ratings: Ratings, column: int, resampling: Resampling) -> Measurement:
    """Share of comparisons of a reviewer with another about one item that are the same."""
    mine = ratings.codes[:, column]
    hits = [
        (int(ratings.units[row]), bool(mine[row] == other))
        for row in np.flatnonzero(mine >= 0)
        for number, other in enumerate(ratings.codes[row])
        if number != column and other >= 0
    ]
    return share_of(hits, resampling.confidence)
