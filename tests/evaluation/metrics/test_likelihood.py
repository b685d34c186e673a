import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics as sk

from assay.errors import DataError
from assay.evaluation.metrics.likelihood import ProperScores
from assay.evaluation.metrics.sample import Sample


@pytest.mark.parametrize("classes", [2, 6])
def test_both_scores_are_those_of_scikit_learn(simulate, classes):
    those = simulate(300, classes)
    chances = softmax(those.logits.astype(float), axis=1)
    found = ProperScores(Sample.from_logits(those.labels, those.logits)).exact()
    assert found["nll"] == pytest.approx(sk.log_loss(those.labels, chances))
    brier = sk.brier_score_loss(those.labels, chances, labels=range(classes), scale_by_half=False)
    assert found["brier"] == pytest.approx(brier)


def test_brier_runs_from_zero_to_two():
    logits = np.array([[np.inf, 0.0], [np.inf, 0.0]])
    assert ProperScores(Sample.from_logits(np.array([0, 0]), logits)).exact()["brier"] == 0
    assert ProperScores(Sample.from_logits(np.array([1, 1]), logits)).exact()["brier"] == 2


def test_probability_zero_for_the_truth_is_an_infinite_loss():
    sample = Sample.from_logits(np.array([1, 0]), np.array([[np.inf, 0.0], [1.0, 0.0]]))
    assert ProperScores(sample).exact()["nll"] == np.inf


def test_huge_but_finite_logits_have_a_finite_loss():
    sample = Sample.from_logits(np.array([1]), np.array([[5000.0, 0.0]]))
    assert ProperScores(sample).exact()["nll"] == pytest.approx(5000)


def test_a_sample_without_images_is_refused():
    with pytest.raises(DataError, match="no images"):
        Sample.from_logits(np.zeros(0, dtype=int), np.zeros((0, 3)))
