"""One-sided claims: against scipy's tests, and against a permutation test by scikit-learn's metrics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from assay.comparison.one_sided import gains, resamples_for
from assay.errors import DataError


@pytest.fixture(scope="module")
def pair(predict):
    """Two models on 300 images of two classes; the second is right a little more often."""
    rng = np.random.default_rng(4)
    labels = rng.integers(2, size=300)
    shared = rng.normal(size=300)
    sides = []
    for accuracy in (0.75, 0.82):
        right = 0.8 * shared + 0.6 * rng.normal(size=300) < stats.norm.ppf(accuracy)
        said = np.where(right, labels, 1 - labels)
        sides.append(predict(labels, np.eye(2)[said] * rng.uniform(1, 4, (300, 1))))
    return sides


def test_the_p_of_accuracy_is_the_one_sided_binomial_test_of_the_images_that_turned(pair) -> None:
    first, second = ((one.logits.argmax(1) == one.labels) for one in pair)
    won, lost = int((second & ~first).sum()), int((first & ~second).sum())
    (gain,) = gains(*pair, ["accuracy"], level=0.025)
    assert gain.p == pytest.approx(stats.binomtest(won, won + lost, 0.5, alternative="greater").pvalue)
    assert gain.gain.value == pytest.approx((won - lost) / 300)


def macro_f1(labels, answers):
    """Of each row of answers [..., N] of two classes; scikit-learn takes seconds for 3,000 rows."""
    right = [((answers == k) & (labels == k)).sum(-1) for k in (0, 1)]
    sizes = [(answers == k).sum(-1) + (labels == k).sum(-1) for k in (0, 1)]
    return sum(2 * hits / size for hits, size in zip(right, sizes, strict=True)) / 2


def test_the_p_of_macro_f1_is_that_of_a_permutation_test(pair) -> None:
    labels, (first, second) = pair[0].labels, (one.logits.argmax(1) for one in pair)
    observed = macro_f1(labels, second) - macro_f1(labels, first)
    assert observed == pytest.approx(
        f1_score(labels, second, average="macro") - f1_score(labels, first, average="macro")
    )
    swap = np.random.default_rng(0).random((1500, 300)) < 0.5
    differences = macro_f1(labels, np.where(swap, first, second)) - macro_f1(labels, np.where(swap, second, first))
    larger = (differences >= observed - 1e-9).sum()
    (gain,) = gains(*pair, ["macro_f1"], level=0.025)
    assert gain.p == pytest.approx((1 + larger) / 1501, abs=0.015)
    assert gain.gain.value == pytest.approx(observed)


def test_the_bound_is_near_the_normal_one_and_falls_with_the_level(pair) -> None:
    differences = (pair[1].logits.argmax(1) == pair[1].labels).astype(float) - (
        pair[0].logits.argmax(1) == pair[0].labels
    )
    lows = [gains(*pair, ["accuracy"], level=level)[0].gain.low for level in (0.05, 0.005)]
    for low, level in zip(lows, (0.05, 0.005), strict=True):
        normal = differences.mean() - stats.norm.ppf(1 - level) * differences.std() / np.sqrt(300)
        assert low == pytest.approx(normal, abs=0.008)
    assert lows[1] < lows[0]


def test_a_metric_of_which_less_is_better_is_turned(pair) -> None:
    (forward,), (back,) = (gains(a, b, ["nll"], level=0.025) for a, b in (pair, pair[::-1]))
    assert forward.gain.value == pytest.approx(forward.before - forward.after)
    assert back.gain.value == pytest.approx(-forward.gain.value)
    assert back.gain.low == pytest.approx(-forward.gain.high, abs=0.02)


def test_where_no_image_makes_a_difference_their_number_still_bounds_it(pair) -> None:
    (gain,) = gains(pair[0], pair[0], ["accuracy"], level=0.025)
    share = stats.binomtest(0, 300).proportion_ci(0.95, method="exact").high
    assert (gain.gain.value, gain.gain.low) == (0, pytest.approx(-share))
    assert gain.p == 1


def test_where_images_share_groups_it_is_their_number_that_bounds_it(pair) -> None:
    shared = replace(pair[0], groups=np.array([f"object {row % 20}" for row in range(300)]))
    (gain,) = gains(shared, shared, ["accuracy"], level=0.025)
    share = stats.binomtest(0, 20).proportion_ci(0.95, method="exact").high
    assert gain.gain.low == pytest.approx(-share)


def test_each_class_is_one_gain_about_its_own_images(pair) -> None:
    found = gains(*pair, ["f1"], level=0.025)
    assert [one.class_name for one in found] == ["class 0", "class 1"]
    assert sum(one.gain.n for one in found) == 300


def test_other_images_or_a_metric_without_a_better_side_are_refused(pair) -> None:
    with pytest.raises(DataError, match="the test sets differ"):
        gains(pair[0], pair[1].rows(np.arange(299)), ["accuracy"], level=0.025)
    with pytest.raises(DataError, match="no such metric"):
        gains(*pair, ["acuracy"], level=0.025)


def test_small_levels_get_more_resamples_up_to_a_limit() -> None:
    assert [resamples_for(level) for level in (0.05, 0.001, 1e-9)] == [2000, 20000, 100000]
