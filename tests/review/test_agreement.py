"""Agreement beyond chance: held to published examples, to scikit-learn and to its definition in fractions."""

from __future__ import annotations

import functools
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from assay.evaluation.resampling import Resampling
from assay.review.agreement import measured as measuring
from assay.review.agreement.coefficients import alphas, coincidences, kappas
from assay.review.agreement.measured import ONE_CLASS, cohen_kappa, krippendorff_alpha, raw_agreement
from assay.review.agreement.ratings import Ratings, ratings_of

PLAIN = Resampling(0)


def of_codes(*reviewers: str) -> Ratings:
    """Ratings from a line for each reviewer; a dot is a hole."""
    classes = sorted(set("".join(reviewers)) - {".", " "})
    codes = [[-1 if each == "." else classes.index(each) for each in line.replace(" ", "")] for line in reviewers]
    table = np.array(codes, dtype=np.int64).T
    names = tuple(f"r{n}" for n in range(len(reviewers)))
    return Ratings(table, tuple(classes), names, np.arange(len(table)))


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": examples A, B and C with what is printed there.
MEG_OWEN = of_codes("0100000010", "1110010000")
BEN_GERRY = of_codes("aabbdcccedda", "babbbcccedda".replace("dda", "ddd"))
FOUR = of_codes("123321412...", "12332241 25.3", ".3332342251.", "12332441251.")


def by_definition(ratings: Ratings, *, ordinal: bool) -> Fraction:
    """Alpha from all pairs of values, in fractions: a second way, which shares nothing with the code."""
    units = [[int(value) for value in row if value >= 0] for row in ratings.codes]
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    count = {value: values.count(value) for value in values}

    def apart(a: int, b: int) -> Fraction:
        if a == b:
            return Fraction(0)
        if not ordinal:
            return Fraction(1)
        low, high = min(a, b), max(a, b)
        between = sum(count.get(grade, 0) for grade in range(low, high + 1))
        return (between - Fraction(count[low] + count[high], 2)) ** 2

    n = len(values)
    seen = sum(sum(apart(a, b) for a, b in permutations(unit, 2)) / Fraction(len(unit) - 1) for unit in units) / n
    chance = sum(apart(a, b) for a, b in permutations(values, 2)) / Fraction(n * (n - 1))
    return 1 - seen / chance


@pytest.mark.parametrize(
    ("ratings", "ordinal", "printed", "exact"),
    [
        (MEG_OWEN, False, 0.095, Fraction(8, 84)),
        (BEN_GERRY, False, 0.692, Fraction(310, 448)),
        (FOUR, False, 0.743, Fraction(904, 1216)),
        (FOUR, True, 0.815, None),
    ],
)
def test_alpha_is_what_krippendorff_has_published(ratings, ordinal, printed, exact):
    value = krippendorff_alpha(ratings, PLAIN, ordinal=ordinal).value
    assert round(value, 3) == printed
    right = by_definition(ratings, ordinal=ordinal)
    assert value == pytest.approx(float(right), abs=1e-9)
    assert exact is None or right == exact


@pytest.mark.parametrize("ordinal", [False, True])
def test_alpha_of_made_up_tables_with_holes_is_its_definition(ordinal):
    draw = np.random.default_rng(3)
    for classes in (2, 3, 5):
        codes = draw.integers(-1, classes, size=(14, 4))
        ratings = Ratings(codes, tuple(map(str, range(classes))), ("a", "b", "c", "d"), np.arange(14))
        right = float(by_definition(ratings, ordinal=ordinal))
        assert krippendorff_alpha(ratings, PLAIN, ordinal=ordinal).value == pytest.approx(right, abs=1e-9)


def test_kappa_is_scikit_learns():
    draw = np.random.default_rng(4)
    for classes in (2, 3, 7):
        codes = draw.integers(0, classes, size=(60, 2))
        codes[::2, 1] = codes[::2, 0]
        ratings = Ratings(codes, tuple(map(str, range(classes))), ("a", "b"), np.arange(60))
        right = cohen_kappa_score(codes[:, 0], codes[:, 1])
        assert cohen_kappa(ratings, 0, 1, PLAIN).value == pytest.approx(right, abs=1e-9)


def test_where_one_class_alone_was_chosen_nothing_is_made_up_and_the_reason_is_given():
    same = of_codes("aaaa", "aaaa")
    for measured in (cohen_kappa(same, 0, 1, Resampling()), krippendorff_alpha(same, Resampling())):
        assert (measured.value, measured.low, measured.method) == (None, None, ONE_CLASS)
    assert raw_agreement(same, PLAIN).value == 1.0
    empty = cohen_kappa(of_codes("a.b", ".a."), 0, 1, Resampling())
    assert (empty.value, empty.n) == (None, 0)
    assert "by two" in empty.method


def test_items_that_one_reviewer_alone_has_seen_count_for_nothing():
    assert len(FOUR.shared.codes) == 11
    alone = krippendorff_alpha(FOUR.shared, PLAIN).value
    assert alone == krippendorff_alpha(FOUR, PLAIN).value


def test_the_same_picture_counts_once_however_often_it_was_answered():
    draw = np.random.default_rng(5)
    codes = draw.integers(0, 2, size=(40, 2))
    codes[:28, 1] = codes[:28, 0]
    once = Ratings(codes, ("a", "b"), ("k", "l"), np.arange(40))
    often = Ratings(np.repeat(codes, 5, axis=0), ("a", "b"), ("k", "l"), np.repeat(np.arange(40), 5))
    first, again = (cohen_kappa(each, 0, 1, Resampling(500)) for each in (once, often))
    assert (again.value, again.low, again.high) == pytest.approx((first.value, first.low, first.high), abs=1e-6)


def test_perfect_agreement_of_a_few_is_not_certain():
    few = cohen_kappa(of_codes("abababab", "abababab"), 0, 1, Resampling())
    assert few.value == pytest.approx(1.0)
    assert few.low < 0.5
    assert few.high == 1.0


def test_choices_become_a_table_with_holes():
    ratings = ratings_of([("i", "kim", "b"), ("i", "lou", "a"), ("j", "kim", "a"), ("i", "kim", "a")], {"j": "i"})
    assert ratings.codes.tolist() == [[0, 0], [0, -1]]
    assert (ratings.classes, ratings.reviewers, ratings.units.tolist()) == (("a", "b"), ("kim", "lou"), [0, 0])


def test_intervals_hold_the_truth_as_often_as_they_promise(monkeypatch):
    """A small form of experiments/review/coverage.py: 300 samples of 120 items, each with 300 resamples."""
    # Every sample has the same resamples, which are functions of seed and number: they are drawn once.
    monkeypatch.setattr(measuring, "resample_weights", functools.cache(measuring.resample_weights))
    draw, reach = np.random.default_rng(6), np.array([0.7, 0.3])
    first, second = (np.array([[1 - e, e], [e, 1 - e]]) for e in (0.1, 0.2))
    cells = np.einsum("t,ta,tb->ab", reach, first, second)
    truth, hits = float(kappas(cells)), {"kappa": 0, "alpha": 0}
    whole = np.rint(cells * 1e7)
    alpha_truth = float(alphas(whole + whole.T))
    for _ in range(300):
        cell = draw.choice(4, size=120, p=cells.ravel())
        ratings = Ratings(np.column_stack([cell // 2, cell % 2]), ("a", "b"), ("k", "l"), np.arange(120))
        measured = cohen_kappa(ratings, 0, 1, Resampling(300))
        hits["kappa"] += measured.low <= truth <= measured.high
        measured = krippendorff_alpha(ratings, Resampling(300))
        hits["alpha"] += measured.low <= alpha_truth <= measured.high
    # 95 % of 300, give or take 2.5 standard errors.
    assert all(0.92 <= hit / 300 <= 0.98 for hit in hits.values()), hits


def test_a_coincidence_is_counted_as_in_the_paper():
    table = coincidences(FOUR.codes, 5).sum(axis=0)
    assert table.diagonal().tolist() == pytest.approx([7, 10, 8, 4, 3])
    assert table.sum() == pytest.approx(40)
