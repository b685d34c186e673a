import numpy as np
import pytest
from scipy.special import softmax
from sklearn.isotonic import IsotonicRegression

from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics.brier import BrierDecomposition
from assay.evaluation.metrics.likelihood import ProperScores
from assay.evaluation.metrics.sample import Sample


def parts_of(sample):
    return BrierDecomposition(sample).exact()


def test_a_worked_example_of_murphys_three_parts():
    """Ten forecasts each of 0.1, 0.5 and 0.9, of which 1, 7 and 8 come true: 16 of 30."""
    stated, came = np.repeat([0.1, 0.5, 0.9], 10), np.r_[[1] + 9 * [0], 7 * [1] + 3 * [0], 8 * [1] + 2 * [0]]
    sample = Sample(came, np.log(np.column_stack([1 - stated, stated])))
    found = parts_of(sample)
    # With two classes every part is twice that of one event.
    shares, mean = np.array([0.1, 0.7, 0.8]), 16 / 30
    assert found["brier_reliability"] == pytest.approx(2 * (0 + 0.2**2 + 0.1**2) / 3)
    assert found["brier_resolution"] == pytest.approx(2 * ((shares - mean) ** 2).mean())
    assert found["brier_uncertainty"] == pytest.approx(2 * mean * (1 - mean))


@pytest.mark.parametrize("classes", [2, 5])
def test_the_parts_are_those_of_isotonic_regression_in_scikit_learn(simulate, classes):
    those = simulate(300, classes, overconfidence=2)
    chances = softmax(those.logits.astype(float), axis=1)
    truth = np.eye(classes)[those.labels]
    recalibrated = np.column_stack(
        [IsotonicRegression().fit_transform(chances[:, k], truth[:, k]) for k in range(classes)]
    )
    losses = [((guess - truth) ** 2).sum(axis=1).mean() for guess in (chances, recalibrated, truth.mean(axis=0))]
    found = parts_of(Sample.from_logits(those.labels, those.logits))
    assert found["brier_reliability"] == pytest.approx(losses[0] - losses[1])
    assert found["brier_resolution"] == pytest.approx(losses[2] - losses[1])
    assert found["brier_uncertainty"] == pytest.approx(losses[2])


def test_the_parts_add_up_to_the_score_on_the_sample_and_on_resamples(simulate):
    those = simulate(120, 3)
    sample = Sample.from_logits(those.labels, those.logits)
    family, scores = BrierDecomposition(sample), ProperScores(sample)
    weights = np.random.default_rng(0).multinomial(120, np.full(120, 1 / 120), size=7).T.astype(np.float32)
    total = weights.sum(axis=0).astype(float)
    resampled = family.resampled((family.rows @ weights).astype(float), total)
    brier = scores.resampled((scores.rows @ weights).astype(float), total)["brier"]
    for parts, score in ((family.exact(), scores.exact()["brier"]), (resampled, brier)):
        again = parts["brier_reliability"] - parts["brier_resolution"] + parts["brier_uncertainty"]
        np.testing.assert_allclose(again, score, atol=1e-6)


def test_overconfidence_is_in_reliability_and_leaves_resolution_alone(simulate):
    models = [simulate(2_000, 2, overconfidence=factor) for factor in (1, 3)]
    right, sure = (parts_of(Sample.from_logits(those.labels, those.logits)) for those in models)
    assert sure["brier_reliability"] > 5 * right["brier_reliability"]
    assert sure["brier_resolution"] == pytest.approx(right["brier_resolution"])


def test_a_forecast_of_the_class_shares_has_neither_reliability_nor_resolution():
    labels = np.repeat([0, 1, 2], [10, 20, 30])
    sample = Sample(labels, np.log(np.tile([1 / 6, 2 / 6, 3 / 6], (60, 1))))
    found = parts_of(sample)
    assert found["brier_reliability"] == pytest.approx(0, abs=1e-12)
    assert found["brier_resolution"] == pytest.approx(0, abs=1e-12)
    assert found["brier_uncertainty"] == pytest.approx(1 - (1 + 4 + 9) / 36)


def test_too_many_classes_have_parts_but_no_intervals(simulate, monkeypatch):
    monkeypatch.setattr("assay.evaluation.metrics.brier.MOST_CLASSES", 2)
    those = simulate(50, 3)
    family = BrierDecomposition(Sample.from_logits(those.labels, those.logits))
    found = measure([family], Units(50, None, "images"), n=50, resamples=10).metrics["brier_reliability"]
    assert found.value is not None
    assert found.low is None
