"""Comparison over folds: values are those of the folds, p and interval are Nadeau and Bengio's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score

from assay.comparison import Side, compare_folds
from assay.errors import DataError

FOLDS = 5


def side(predict, name: str, skill: float, *, seed: int = 0, folds: int = FOLDS) -> Side:
    trainings = []
    for fold in range(folds):
        truth = np.random.default_rng([7, fold])
        labels = truth.integers(3, size=90)
        hardness = truth.normal(size=(90, 3))
        own = np.random.default_rng([seed, fold]).normal(size=(90, 3))
        ids = np.array([f"{fold}-{row}" for row in range(90)])
        trainings.append(predict(labels, np.eye(3)[labels] * skill + hardness + own, ids=ids))
    return Side(name, tuple(trainings), (0,) * folds, tuple(f"{name}{fold}" for fold in range(folds)))


def test_values_and_tests_are_those_of_the_folds_by_hand(predict) -> None:
    first, second = side(predict, "a", 1.0), side(predict, "b", 1.4, seed=1)
    found = compare_folds(first, [second], test_share=0.3, metrics=["accuracy", "macro_f1"])
    for claim, score in zip(
        found.variants[0].claims, (accuracy_score, lambda t, p: f1_score(t, p, average="macro")), strict=True
    ):
        by_fold = [[score(one.labels, one.logits.argmax(axis=1)) for one in side.trainings] for side in (first, second)]
        differences = np.subtract(by_fold[1], by_fold[0])
        error = np.sqrt((1 / FOLDS + 0.3) * differences.var(ddof=1))
        p = 2 * stats.t.sf(abs(differences.mean()) / error, FOLDS - 1)
        reach = stats.t.ppf(0.975, FOLDS - 1) * error
        assert (claim.baseline, claim.variant) == pytest.approx((np.mean(by_fold[0]), np.mean(by_fold[1])))
        assert claim.p == pytest.approx(p)
        assert claim.difference.low == pytest.approx(differences.mean() - reach)
    ps = sorted(claim.p for claim in found.variants[0].claims)
    assert sorted(claim.p_holm for claim in found.variants[0].claims) == pytest.approx(
        [min(1, 2 * ps[0]), max(2 * ps[0], ps[1])]
    )
    assert (found.n, found.units, found.unit_word) == (90 * FOLDS, FOLDS, "folds")


def test_variants_that_predict_the_same_in_every_fold_are_one_hypothesis(predict) -> None:
    first, second = side(predict, "a", 1.0), side(predict, "b", 1.4, seed=1)
    twin = side(predict, "twin", 1.4, seed=1)
    found = compare_folds(first, [second, twin], test_share=0.3, metrics=["accuracy", "macro_f1"])
    ps = sorted(claim.p for claim in found.variants[0].claims)
    by_hand = [min(1, 2 * ps[0]), min(1, max(2 * ps[0], ps[1]))]
    for variant in found.variants:
        assert sorted(claim.p_holm for claim in variant.claims) == pytest.approx(by_hand)
    assert found.family == 2
    assert found.notes[0].startswith("b and twin predict exactly the same")


def test_a_large_gain_is_established_and_none_is_not(predict) -> None:
    plain = side(predict, "plain", 0.5)
    found = compare_folds(
        plain, [side(predict, "good", 4.0, seed=1), side(predict, "same", 0.5, seed=2)], test_share=0.25
    )
    good, same = ({claim.metric: claim for claim in one.claims} for one in found.variants)
    assert good["accuracy"].verdict == "better"
    assert good["nll"].verdict == "better"
    assert same["accuracy"].verdict == "not established"
    assert same["accuracy"].words == "inconclusive over 5 folds"
    assert found.variants[0].gained > 10 * max(1, found.variants[0].lost)


def test_the_corrected_test_claims_less_than_the_plain_one(predict) -> None:
    """The larger the test split to what is trained on, the more the folds share, the wider the interval."""
    first, second = side(predict, "a", 1.0), side(predict, "b", 1.6, seed=1)
    ps = [compare_folds(first, [second], test_share=share).variants[0].claims[0].p for share in (0.01, 0.25, 1.0)]
    assert ps == sorted(ps)
    assert ps[0] < ps[2]


def test_folds_that_do_not_fit_together_are_refused(predict) -> None:
    first = side(predict, "a", 1.0)
    with pytest.raises(DataError, match="b has 4 folds, a has 5"):
        compare_folds(first, [side(predict, "b", 1.0, folds=4)], test_share=0.25)
    turned = side(predict, "c", 1.0)
    turned = Side("c", turned.trainings[::-1], turned.seeds)
    with pytest.raises(DataError, match="the test sets differ"):
        compare_folds(first, [turned], test_share=0.25)
    with pytest.raises(DataError, match="at least one variant"):
        compare_folds(first, [], test_share=0.25)
