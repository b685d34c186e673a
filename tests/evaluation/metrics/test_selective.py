import itertools

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from assay.evaluation.metrics.ordering import Ordering
from assay.evaluation.metrics.sample import Sample
from assay.evaluation.metrics.selective import SelectiveMetrics, accuracy_at, augrc, aurc


def areas(confidence, correct):
    ordering = Ordering.by(np.asarray(confidence, dtype=float), np.asarray(correct, dtype=bool))
    return aurc(ordering.yes, ordering.no), augrc(ordering.yes, ordering.no)


def naive_aurc(confidence, wrong):
    """Definition by thresholds, O(N^2): the error rate among all that are at least as confident as each image."""
    rates = [wrong[confidence >= threshold].mean() for threshold in confidence]
    return np.mean(rates)


def test_a_worked_example():
    # Sorted: right, wrong, right, wrong. Error rates among the first k: 0, 1/2, 1/3, 2/4.
    found = areas([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0])
    assert found[0] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    # Accepted errors as a share of all, at coverages 0, 1/4, 2/4, 3/4, 1: 0, 0, 1/4, 1/4, 2/4; by trapezoids.
    assert found[1] == pytest.approx(np.trapezoid([0, 0, 1 / 4, 1 / 4, 2 / 4], dx=1 / 4))


def test_aurc_is_its_definition_computed_threshold_by_threshold():
    rng = np.random.default_rng(0)
    confidence, correct = rng.random(400), rng.random(400) < 0.8
    assert areas(confidence, correct)[0] == pytest.approx(naive_aurc(confidence, ~correct))


def test_equally_confident_images_count_as_the_mean_over_all_their_orders():
    confidence, correct = np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.2]), np.array([0, 1, 0, 1, 1, 0], dtype=bool)
    orders = itertools.permutations(range(1, 5))
    means = [naive_aurc(-np.arange(6.0), ~correct[[0, *order, 5]]) for order in orders]
    assert areas(confidence, correct)[0] == pytest.approx(np.mean(means))


@pytest.mark.parametrize("levels", [None, 10])
def test_augrc_is_a_function_of_accuracy_and_the_auroc_of_failure(levels):
    """Traub et al. (2024): AUGRC = (1 - AUROC) acc (1 - acc) + (1 - acc)^2 / 2."""
    rng = np.random.default_rng(1)
    correct = rng.random(500) < 0.7
    confidence = rng.normal(size=500) + correct
    if levels:
        confidence = np.round(confidence * levels) / levels
    accuracy = correct.mean()
    identity = (1 - roc_auc_score(correct, confidence)) * accuracy * (1 - accuracy) + (1 - accuracy) ** 2 / 2
    assert areas(confidence, correct)[1] == pytest.approx(identity)


@pytest.mark.parametrize(("correct", "expected"), [([1, 1, 1], (0, 0)), ([0, 0, 0], (1, 0.5)), ([0], (1, 0.5))])
def test_all_right_and_all_wrong(correct, expected):
    assert areas(np.arange(len(correct)), correct) == pytest.approx(expected)


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95, 1.0])
def test_accuracy_at_a_coverage_is_that_of_the_first_images(coverage):
    rng = np.random.default_rng(3)
    confidence, correct = rng.random(200), rng.random(200) < 0.7
    ordering = Ordering.by(confidence, correct)
    first = np.argsort(-confidence)[: round(200 * coverage)]
    assert accuracy_at(coverage, ordering.yes, ordering.no) == pytest.approx(correct[first].mean())


def test_accuracy_at_a_coverage_among_equals_is_the_mean_over_their_orders():
    confidence, correct = np.array([0.9, 0.5, 0.5, 0.5, 0.2]), np.array([1, 0, 1, 1, 0], dtype=bool)
    ordering = Ordering.by(confidence, correct)
    orders = itertools.permutations([1, 2, 3])
    means = [correct[[0, *order][:3]].mean() for order in orders]
    assert accuracy_at(0.6, ordering.yes, ordering.no) == pytest.approx(np.mean(means))


def test_resamples_are_the_areas_of_the_repeated_images(simulate):
    those = simulate(200, 3)
    sample = Sample.from_logits(those.labels, those.logits)
    family = SelectiveMetrics(sample)
    weights = np.random.default_rng(1).integers(0, 4, size=(200, 4))
    found = family.resampled((family.rows @ weights.astype(np.float32)).astype(float), weights.sum(axis=0))
    for r in range(4):
        again = areas(np.repeat(sample.confidence, weights[:, r]), np.repeat(sample.correct, weights[:, r]))
        assert (found["aurc"][r], found["augrc"][r]) == pytest.approx(again)
        ordering = Ordering.by(np.repeat(sample.confidence, weights[:, r]), np.repeat(sample.correct, weights[:, r]))
        assert found["accuracy_at_90"][r] == pytest.approx(accuracy_at(0.9, ordering.yes, ordering.no))
