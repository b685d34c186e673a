"""Metrics of reviewed answers: the evidence's own numbers, and scikit-learn's where some stand for more."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from assay.evaluation.evaluate import evaluate
from assay.evaluation.resampling import Resampling
from assay.monitoring.estimate.realised import labelled_predictions, realised_estimates
from assay.postprocess.calibration.none import NoCalibration
from assay.predictions import Predictions
from drawn_answers import drawn

NAMES = ("a", "b", "c", "d")


def _labelled(n: int, seed: int) -> Predictions:
    labels, chances = drawn(n, np.random.default_rng(seed))
    ids = np.array([f"{row:04}" for row in range(n)])
    return labelled_predictions(ids, np.array([f"k{row % 40}" for row in range(n)]), labels, NAMES, chances)


def test_realised_metrics_are_those_of_the_evidence_to_the_last_digit() -> None:
    labelled = _labelled(400, 0)
    made = realised_estimates(labelled, n=5000, resampling=Resampling(300))
    raw = Predictions(labelled.ids, labelled.groups, "test", labelled.labels, NAMES, labelled.logits)
    evidence = evaluate({"test": raw}, NoCalibration().fit(raw), resamples=300)
    assert {each.metric for each in made} >= {"accuracy", "macro_f1", "nll", "ece"}
    for each in made:
        expected = evidence.metrics[each.metric]
        assert (each.value, each.lower, each.upper) == (expected.value, expected.low, expected.high), each.metric
        assert (each.n, each.labels, each.keys) == (5000, 400, 40)


def test_answers_that_stand_for_more_count_for_more_as_in_scikit_learn() -> None:
    labelled = _labelled(300, 1)
    weights = np.random.default_rng(1).uniform(1, 6, 300)
    made = {each.metric: each for each in realised_estimates(labelled, weights=weights, resampling=Resampling(300))}
    chances, labels = np.exp(labelled.logits), labelled.labels
    predicted = chances.argmax(axis=1)
    expected = {
        "accuracy": accuracy_score(labels, predicted, sample_weight=weights),
        "macro_f1": f1_score(labels, predicted, average="macro", sample_weight=weights),
        "nll": log_loss(labels, chances / chances.sum(axis=1, keepdims=True), sample_weight=weights),
    }
    for name, value in expected.items():
        assert made[name].value == pytest.approx(value, rel=1e-5)
        assert made[name].lower < made[name].value < made[name].upper
    assert "weighted" in made["accuracy"].how


def test_nothing_labelled_gives_nothing() -> None:
    assert realised_estimates(_labelled(5, 2).rows(np.zeros(5, dtype=bool))) == ()
