import numpy as np
import pytest
from scipy.special import softmax

from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics.calibration_error import CalibrationError
from assay.evaluation.metrics.class_calibration import ClassCalibrationError
from assay.evaluation.metrics.sample import Sample


def test_a_worked_example():
    """Bins are a fifteenth wide; each class is judged by its own probability, whatever is predicted."""
    chances = np.array([[0.7, 0.2, 0.1], [0.72, 0.18, 0.1], [0.1, 0.2, 0.7]])
    labels = np.array([0, 1, 2])
    found = ClassCalibrationError(Sample(labels, np.log(chances))).exact()
    first = (2 * abs((0.7 + 0.72) / 2 - 1 / 2) + abs(0.1 - 0)) / 3
    second = 3 * abs((0.2 + 0.18 + 0.2) / 3 - 1 / 3) / 3
    third = (2 * abs(0.1 - 0) + abs(0.7 - 1)) / 3
    np.testing.assert_allclose(found["ece_of_class"], [first, second, third])
    assert found["ece_classwise"] == pytest.approx((first + second + third) / 3)


@pytest.mark.parametrize("classes", [2, 4])
def test_every_class_is_a_loop_over_its_bins(simulate, classes):
    those = simulate(400, classes, overconfidence=2)
    chances = softmax(those.logits.astype(float), axis=1)
    expected = []
    for k in range(classes):
        bins = np.ceil(chances[:, k] * 15)
        gaps = [abs((chances[bins == b, k] - (those.labels[bins == b] == k)).sum()) for b in np.unique(bins)]
        expected.append(sum(gaps) / 400)
    found = ClassCalibrationError(Sample.from_logits(those.labels, those.logits)).exact()
    np.testing.assert_allclose(found["ece_of_class"], expected)


def test_the_error_of_a_class_is_about_all_images_and_its_interval_resamples_them(simulate):
    those = simulate(200, 3, overconfidence=3)
    family = ClassCalibrationError(Sample.from_logits(those.labels, those.logits))
    counts = np.bincount(those.labels)
    found = measure([family], Units(200, None, "images"), n=200, resamples=100, counts=counts)
    assert [row.n for row in found.per_class["ece_of_class"]] == [200] * 3
    assert all(row.low < row.value for row in found.per_class["ece_of_class"])
    assert found.metrics["ece_classwise"].method.startswith("bias-corrected")


@pytest.mark.parametrize("overconfidence", [1, 2])
def test_debiasing_brings_the_error_nearer_to_its_true_value(simulate, overconfidence):
    def errors(seed, n):
        those = simulate(n, 4, seed=seed, overconfidence=overconfidence)
        return CalibrationError(Sample.from_logits(those.labels, those.logits)).exact()

    truth = errors(99, 400_000)["ece_equal_mass"]
    found = [errors(seed, 300) for seed in range(60)]
    plain, debiased = (np.mean([those[name] for those in found]) for name in ("ece_equal_mass", "ece_debiased"))
    assert abs(debiased - truth) < 0.75 * abs(plain - truth)
