import numpy as np
import pytest
from sklearn import metrics as sk

from assay.evaluation.metrics.confusion import ConfusionMetrics, confusion_metrics
from assay.evaluation.metrics.sample import Sample


def said(labels, predicted, classes, *, ordered=True):
    return Sample.from_logits(np.asarray(labels), np.eye(classes)[np.asarray(predicted)] * 3, ordered=ordered)


@pytest.mark.parametrize("classes", [2, 4, 11])
def test_every_number_is_the_one_of_scikit_learn(classes):
    rng = np.random.default_rng(classes)
    labels, guesses = rng.integers(classes, size=(2, 300))
    predicted = np.where(rng.random(300) < 0.5, labels, guesses)
    found = ConfusionMetrics(said(labels, predicted, classes)).exact()
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    assert found["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(labels, predicted))
    assert found["macro_f1"] == pytest.approx(sk.f1_score(labels, predicted, average="macro"))
    assert found["mcc"] == pytest.approx(sk.matthews_corrcoef(labels, predicted))
    assert found["quadratic_kappa"] == pytest.approx(sk.cohen_kappa_score(labels, predicted, weights="quadratic"))
    np.testing.assert_allclose(found["f1"], sk.f1_score(labels, predicted, average=None))


def test_classes_without_order_have_no_quadratic_kappa():
    assert "quadratic_kappa" not in ConfusionMetrics(said([0, 1], [0, 1], 2, ordered=False)).exact()


def test_a_class_without_images_is_left_out_of_averages_even_when_something_was_taken_for_it():
    labels, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 2, 1, 0])
    found = ConfusionMetrics(said(labels, predicted, 4)).exact()
    present = sk.f1_score(labels, predicted, labels=[0, 1], average="macro")
    assert found["macro_f1"] == pytest.approx(present)
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert np.isnan(found["f1"][2:]).all()


def test_one_class_predicted_for_everything_has_no_correlation():
    labels = np.array([0, 1, 1, 2])
    found = ConfusionMetrics(said(labels, [1] * 4, 3)).exact()
    assert found["mcc"] == sk.matthews_corrcoef(labels, [1] * 4) == 0
    assert found["quadratic_kappa"] == 0
    assert found["macro_f1"] == pytest.approx((2 * 2 / (2 + 4)) / 3)


def test_one_grade_everywhere_leaves_kappa_undefined():
    assert np.isnan(ConfusionMetrics(said([1, 1], [1, 1], 3)).exact()["quadratic_kappa"])


def test_resamples_are_what_scikit_learn_says_of_the_repeated_images():
    rng = np.random.default_rng(3)
    labels, predicted = rng.integers(4, size=(2, 60))
    family = ConfusionMetrics(said(labels, predicted, 4))
    weights = rng.integers(0, 4, size=(60, 5))
    found = family.resampled(family.rows @ weights.astype(np.float32), weights.sum(axis=0))
    for r in range(5):
        again = np.repeat(labels, weights[:, r]), np.repeat(predicted, weights[:, r])
        assert found["macro_f1"][r] == pytest.approx(sk.f1_score(*again, average="macro"))
        assert found["mcc"][r] == pytest.approx(sk.matthews_corrcoef(*again))
        assert found["quadratic_kappa"][r] == pytest.approx(sk.cohen_kappa_score(*again, weights="quadratic"))


def test_ten_thousand_classes_need_no_square_matrix():
    labels = np.arange(10_000)
    found = confusion_metrics(np.ones(10_000), np.ones(10_000), labels % 2)
    assert found["macro_f1"] == 0.5
