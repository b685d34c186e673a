import json
import logging
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.errors import DataError
from assay.postprocess.calibration import NoCalibration, Temperature, calibrator_from_state


@pytest.mark.parametrize("factor", [0.2, 1.0, 3.0, 50.0, 1e5])
def test_logits_times_k_with_labels_from_their_softmax_give_a_temperature_of_k(simulate, factor):
    found = Temperature().fit(simulate(20_000, 5, overconfidence=factor, split="calib"))
    assert found.temperature_ == pytest.approx(factor, rel=0.04)
    assert found.notes_ == ()


def test_the_interval_holds_the_true_temperature_as_often_as_it_says(simulate):
    fits = [Temperature().fit(simulate(300, 3, seed=s, overconfidence=2, split="calib")).interval_ for s in range(100)]
    hits = sum(low <= 2 <= high for low, high in fits)
    assert 88 <= hits <= 99  # binomial(100, 0.95) leaves this range with probability 0.01


def test_the_fit_agrees_with_lbfgs_of_torch(simulate):
    those = simulate(500, 3, overconfidence=1.7, split="val")
    logits, labels = torch.tensor(those.logits, dtype=torch.float64), torch.tensor(those.labels)
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([log_temperature], max_iter=200, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def loss():
        search.zero_grad()
        value = torch.nn.functional.cross_entropy(logits / log_temperature.exp(), labels)
        value.backward()
        return value

    search.step(loss)
    assert Temperature().fit(those).temperature_ == pytest.approx(math.exp(log_temperature.item()), rel=1e-5)


@settings(max_examples=50)
@given(
    arrays(np.float32, (4, 5), elements=st.floats(-(2.0**99), 2.0**99, width=32)),
    st.floats(1e-3, 1e3),
)
def test_the_ranking_of_classes_never_changes(logits, temperature):
    calibrator = Temperature.from_state(
        {"method": "temperature", "temperature": temperature, "interval": None, "n": 9, "split": "calib", "notes": []}
    )
    calibrated = calibrator.transform(logits)
    before, after = (np.sign(values[:, :, None] - values[:, None, :]) for values in (logits.astype(float), calibrated))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("split", ["test", "train", "ood"])
def test_calibration_refuses_every_split_that_is_not_held_out_for_it(simulate, split):
    with pytest.raises(DataError, match=f"may not be fitted on the split '{split}'"):
        Temperature().fit(simulate(200, 3, split=split))


def test_an_empty_split_is_refused_with_a_way_out(simulate):
    with pytest.raises(DataError, match="calibration=none"):
        Temperature().fit(simulate(0, 3, split="calib"))


def test_an_unfitted_temperature_answers_nothing():
    with pytest.raises(DataError, match="never fitted"):
        Temperature().transform(np.zeros((1, 2)))
    with pytest.raises(DataError, match="never fitted"):
        Temperature().state()


def test_few_images_are_said_in_words_with_the_range_and_once(simulate, caplog):
    with caplog.at_level(logging.WARNING):
        fitted = Temperature().fit(simulate(60, 3, split="calib"))
    assert any("learned from only 60 images; at 95 % it lies between" in note for note in fitted.notes_)
    assert not caplog.messages, "the notes are shown with the evidence"


def test_five_images_that_are_all_right_leave_the_logits_alone_and_say_so(predict):
    logits = np.eye(5) * 4
    found = Temperature().fit(predict(range(5), logits, split="calib"))
    assert found.temperature_ == 1
    assert "All 5 usable calib images are classified right" in found.notes_[0]


def test_logits_that_speak_against_the_labels_end_almost_uniform_and_say_so(predict):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(200, 4))
    found = Temperature().fit(predict(logits.argmin(axis=1), logits, split="calib"))
    assert np.abs(found.transform(logits)).max() < 0.02
    assert "no more about these labels than chance" in found.notes_[0]


def test_infinite_logits_that_rule_the_truth_out_are_left_out_of_the_fit_and_counted(simulate, predict):
    those = simulate(5_000, 3, overconfidence=2, split="calib")
    logits = those.logits.copy()
    logits[:7, :] = 0
    logits[np.arange(7), (those.labels[:7] + 1) % 3] = np.inf
    logits[7:20, :] = -5
    logits[np.arange(7, 20), those.labels[7:20]] = np.inf
    found = Temperature().fit(predict(those.labels, logits, split="calib"))
    without = Temperature().fit(predict(those.labels[20:], logits[20:], split="calib"))
    assert found.temperature_ == pytest.approx(without.temperature_, rel=1e-4)
    assert "7 of 5000 calib images give their true class probability zero" in found.notes_[0]


def test_one_hot_logits_with_errors_have_a_temperature(predict):
    labels = np.arange(400) % 4
    said = np.where(np.arange(400) < 100, (labels + 1) % 4, labels)
    found = Temperature().fit(predict(labels, np.eye(4)[said], split="calib"))
    # Three quarters right among four classes: e^(1/T) / (e^(1/T) + 3) = 3/4.
    assert found.temperature_ == pytest.approx(1 / math.log(9), rel=1e-5)


def test_state_survives_json_and_gives_the_same_answers(simulate):
    those = simulate(80, 3, split="calib")
    fitted = Temperature().fit(those)
    again = calibrator_from_state(json.loads(json.dumps(fitted.state(), allow_nan=False)))
    assert again.state() == fitted.state()
    np.testing.assert_array_equal(again.transform(those.logits), fitted.transform(those.logits))


@pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf])
def test_a_state_with_an_impossible_temperature_is_refused(temperature):
    with pytest.raises(DataError, match="positive and finite"):
        calibrator_from_state({"method": "temperature", "temperature": temperature})


def test_an_unknown_method_is_answered_with_the_nearest():
    with pytest.raises(DataError, match="did you mean temperature"):
        calibrator_from_state({"method": "temprature"})


def test_no_calibration_returns_the_logits_as_they_are(simulate):
    those = simulate(10, 3)
    calibrator = calibrator_from_state(NoCalibration().fit(those).state())
    assert calibrator.transform(those.logits) is those.logits
