"""Metrics of margins, and how an answer moves them, beside scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from assay.monitoring.estimate.margins import METRICS, margins_of, one_hot
from drawn_answers import drawn

SKLEARN = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "macro_f1": lambda *about, **more: f1_score(*about, average="macro", **more),
}


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_of_known_classes_is_that_of_scikit_learn_also_weighted(metric: str) -> None:
    rng = np.random.default_rng(0)
    labels, chances = drawn(300, rng)
    predicted, weights = chances.argmax(axis=1), rng.uniform(1, 5, 300)
    margins = margins_of(one_hot(labels, 4), predicted, weights)
    assert margins.value(metric) == pytest.approx(SKLEARN[metric](labels, predicted, sample_weight=weights))


@pytest.mark.parametrize("metric", METRICS)
def test_an_answer_moves_a_metric_as_far_as_its_weight_does_in_scikit_learn(metric: str) -> None:
    labels, chances = drawn(200, np.random.default_rng(1))
    predicted, step = chances.argmax(axis=1), 1e-4
    scores = margins_of(one_hot(labels, 4), predicted).scores(metric, one_hot(labels, 4), predicted)
    for row in range(0, 200, 23):
        moved = []
        for sign in (1, -1):
            weights = np.ones(200)
            weights[row] += sign * step
            moved.append(SKLEARN[metric](labels, predicted, sample_weight=weights))
        assert (moved[0] - moved[1]) / (2 * step) == pytest.approx((scores[row] - scores.mean()) / 200, abs=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_what_probabilities_make_one_expect_is_the_mean_of_classes_that_are_drawn_from_them(metric: str) -> None:
    rng = np.random.default_rng(2)
    _, chances = drawn(4000, rng)
    predicted = chances.argmax(axis=1)
    draws = [(chances.cumsum(axis=1) > rng.uniform(size=(4000, 1))).argmax(axis=1) for _ in range(40)]
    mean = np.mean([SKLEARN[metric](labels, predicted) for labels in draws])
    assert margins_of(chances, predicted).value(metric) == pytest.approx(mean, abs=0.003)
