import numpy as np
import pytest
import torch

from assay.evaluation.metrics.calibration_error import (
    CalibrationError,
    assign,
    debiased_calibration_error,
    equal_mass_edges,
    equal_width_edges,
    expected_calibration_error,
)
from assay.evaluation.metrics.sample import Sample


def test_a_worked_example():
    # Bins of a width of 1/15: 0.61, 0.65 and 0.66 share (9/15, 10/15], 0.95 and 0.99 share (14/15, 1].
    confidence = np.array([0.61, 0.65, 0.66, 0.95, 0.99])
    correct = np.array([1, 0, 0, 1, 1])
    bins = assign(confidence, equal_width_edges())
    np.testing.assert_array_equal(bins, [9, 9, 9, 14, 14])
    expected = 3 / 5 * abs((0.61 + 0.65 + 0.66) / 3 - 1 / 3) + 2 / 5 * abs((0.95 + 0.99) / 2 - 1)
    assert expected_calibration_error(confidence - correct, bins) == pytest.approx(expected)


@pytest.mark.slow  # torchmetrics and torch take seconds to import
def test_equal_width_is_the_error_of_torchmetrics(simulate):
    from torchmetrics.functional.classification import multiclass_calibration_error

    those = simulate(2_000, 5, overconfidence=1.8)
    logits, labels = torch.tensor(those.logits, dtype=torch.float64), torch.tensor(those.labels)
    expected = multiclass_calibration_error(logits.softmax(1), labels, num_classes=5, n_bins=15).item()
    found = CalibrationError(Sample.from_logits(those.labels, those.logits)).exact()
    assert found["ece"] == pytest.approx(expected, abs=1e-6)  # torchmetrics sums in float32


def test_an_edge_belongs_to_the_bin_below_it():
    np.testing.assert_array_equal(assign(np.array([0.0, 0.5, 0.500001, 1.0]), np.array([0, 0.5, 1])), [0, 0, 1, 1])


def test_bins_of_equal_mass_hold_equally_many_images():
    confidence = np.random.default_rng(0).random(300)
    bins = assign(confidence, equal_mass_edges(confidence))
    np.testing.assert_array_equal(np.bincount(bins), [20] * 15)


@pytest.mark.parametrize("n", [1, 2, 14, 16, 1000])
def test_equal_confidences_stay_in_one_bin(n):
    edges = equal_mass_edges(np.full(n, 0.7))
    np.testing.assert_array_equal(edges, [0.7, 0.7])
    np.testing.assert_array_equal(assign(np.full(n, 0.7), edges), np.zeros(n))


def test_equal_mass_is_the_mean_over_equal_slices_of_the_sorted_images(simulate):
    those = simulate(150, 3, overconfidence=2)
    sample = Sample.from_logits(those.labels, those.logits)
    slices = np.split(np.argsort(sample.confidence), 15)
    expected = np.mean([abs(sample.confidence[s].mean() - sample.correct[s].mean()) for s in slices])
    assert CalibrationError(sample).exact()["ece_equal_mass"] == pytest.approx(expected)


def test_debiasing_takes_off_what_drawing_the_accuracies_again_adds():
    """Bin by bin as in the published code of Kumar et al. (2019): accuracies drawn from a normal distribution."""
    images, right = np.array([40.0, 25.0, 60.0]), np.array([30.0, 20.0, 57.0])
    stated = np.array([0.8, 0.78, 0.99])
    rng = np.random.default_rng(0)
    share = right / images
    drawn = rng.normal(share, np.sqrt(share * (1 - share) / images), size=(400_000, 3))
    weight = images / images.sum()
    plain = (weight * np.abs(share - stated)).sum()
    bias = (np.abs(drawn - stated) @ weight).mean() - plain
    found = debiased_calibration_error(stated * images - right, right, images)
    assert found == pytest.approx(plain - bias, abs=1e-4)


def test_debiasing_never_goes_below_zero_and_ignores_empty_bins():
    gaps, right, images = np.array([0.1, 0.0]), np.array([5.0, 0.0]), np.array([10.0, 0.0])
    assert debiased_calibration_error(gaps, right, images) == 0
    certain = debiased_calibration_error(np.array([1.0]), np.array([4.0]), np.array([4.0]))
    assert certain == pytest.approx(0.25)  # all right: no variance that could be taken off
