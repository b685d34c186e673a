import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from assay.postprocess.calibration import Temperature, TemperatureSmoothed


def smoothed_loss(log_temperature, those):
    logits, labels = torch.tensor(those.logits, dtype=torch.float64), torch.tensor(those.labels)
    scaled = logits / np.exp(log_temperature)
    return torch.nn.functional.cross_entropy(scaled, labels, label_smoothing=1 / (len(those) + 1)).item()


@pytest.mark.parametrize("factor", [0.3, 2.0, 1e4])
def test_it_is_the_minimum_of_torchs_smoothed_cross_entropy(simulate, factor):
    those = simulate(60, 4, overconfidence=factor, split="calib")
    found = TemperatureSmoothed().fit(those)
    around = np.log(found.temperature_)
    best = minimize_scalar(smoothed_loss, args=(those,), bounds=(around - 2, around + 2), options={"xatol": 1e-9})
    assert found.temperature_ == pytest.approx(np.exp(best.x), rel=1e-4)


def test_logits_times_k_with_labels_from_their_softmax_give_a_temperature_of_k(simulate):
    those = simulate(20_000, 5, overconfidence=3, split="calib")
    assert TemperatureSmoothed().fit(those).temperature_ == pytest.approx(3, rel=0.04)


def test_the_difference_to_the_plain_temperature_vanishes_with_more_images(simulate):
    def difference(n):
        those = simulate(n, 3, overconfidence=2, split="calib")
        return abs(np.log(TemperatureSmoothed().fit(those).temperature_ / Temperature().fit(those).temperature_))

    assert difference(10_000) < difference(100) / 20


@pytest.mark.parametrize("n", [1, 5, 40])
def test_it_is_finite_when_every_image_is_right(predict, n):
    labels = np.arange(n) % 5
    found = TemperatureSmoothed().fit(predict(labels, np.eye(5)[labels] * 4, split="calib"))
    # The wrong classes share e * 4/5 with e = 1 / (n + 1): 4 exp(-4 / T) / (1 + 4 exp(-4 / T)) = e * 4/5.
    wrong = 4 / 5 / (n + 1)
    assert found.temperature_ == pytest.approx(4 / np.log(4 * (1 - wrong) / wrong), rel=1e-6)
    assert not any("none is best" in note for note in found.notes_)


def test_the_temperature_that_has_no_answer_names_this_one(predict):
    found = Temperature().fit(predict(range(5), np.eye(5) * 4, split="calib"))
    assert "calibration=temperature_smoothed has an answer" in found.notes_[0]


@pytest.mark.parametrize("method", [Temperature, TemperatureSmoothed])
def test_constant_logits_leave_it_at_one_and_are_called_that(predict, method):
    found = method().fit(predict(np.arange(200) % 3, np.full((200, 3), 7.0), split="calib"))
    assert found.temperature_ == 1
    assert "gives all its possible classes the same logit" in found.notes_[0]


def test_ruled_out_classes_have_no_share(predict):
    labels = np.arange(300) % 3
    logits = np.random.default_rng(0).normal(size=(300, 3)) + 2 * np.eye(3)[labels]
    with_fourth = np.column_stack([logits, np.full(300, -np.inf)])
    alone = TemperatureSmoothed().fit(predict(labels, logits, split="calib"))
    assert TemperatureSmoothed().fit(predict(labels, with_fourth, split="calib")).temperature_ == pytest.approx(
        alone.temperature_
    )
