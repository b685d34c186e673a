import json

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from assay.errors import DataError
from assay.postprocess.calibration import Auto, NoCalibration, Temperature, calibrator_from_state
from assay.postprocess.calibration import auto as module
from assay.postprocess.calibration.calibrator import Calibrator
from assay.postprocess.calibration.cross_validation import held_out_losses


def nll(found, method):
    return next(row["nll"] for row in found.candidates_ if row["method"] == method)


def test_an_overconfident_model_gets_a_temperature_and_every_candidate_is_recorded(simulate):
    found = Auto().fit(simulate(600, 3, overconfidence=3, split="calib"))
    assert found.taken_.method in ("temperature", "temperature_smoothed")
    assert found.taken_.temperature_ == pytest.approx(3, rel=0.15)
    methods = ["none", "temperature", "temperature_smoothed", "vector", "matrix", "isotonic"]
    assert [row["method"] for row in found.candidates_] == methods
    assert found.state()["taken"]["method"] == found.taken_.method


def test_a_model_that_mixes_classes_up_gets_a_map_that_can_mend_it(predict):
    rng = np.random.default_rng(0)
    logs = log_softmax(2 * rng.normal(size=(1_500, 3)), axis=1)
    truth = softmax(logs @ np.array([[0.2, 1, 0], [1, 0.2, 0], [0, 0, 1]]).T, axis=1)
    labels = (truth.cumsum(axis=1) < rng.random((1_500, 1))).sum(axis=1)
    assert Auto().fit(predict(labels, logs, split="calib")).taken_.method == "matrix"


@pytest.mark.parametrize("seed", range(6))
def test_what_it_takes_is_never_worse_than_none_out_of_fold(simulate, predict, seed):
    those = simulate(40, 4, seed=seed, overconfidence=[1, 0.2, 5][seed % 3], split="calib")
    shuffled = np.random.default_rng(seed).permutation(those.labels) if seed % 2 else those.labels
    found = Auto().fit(predict(shuffled, those.logits, split="calib"))
    assert nll(found, found.taken_.method) <= nll(found, "none")


def test_a_flexible_map_seldom_wins_by_chance(simulate):
    taken = [
        Auto(folds=3).fit(simulate(80, 3, seed=seed, overconfidence=2, split="calib")).taken_.method
        for seed in range(8)
    ]
    assert sum(method in ("vector", "matrix", "isotonic") for method in taken) <= 2


def test_the_loss_of_none_is_the_log_loss_of_scikit_learn(simulate):
    those = simulate(90, 3, split="calib")
    expected = log_loss(those.labels, softmax(those.logits.astype(float), axis=1), labels=range(3))
    assert nll(Auto().fit(those), "none") == pytest.approx(expected)


class Rememberer(Calibrator):
    """Knows the first logit of every image that it learned from."""

    method = "rememberer"

    def learn(self, predictions):
        self.groups = set(np.round(predictions.logits[:, 0], 4).tolist())

    def transform(self, logits):
        assert not self.groups.intersection(np.round(logits[:, 0], 4).tolist())
        return logits

    def state(self):
        return {}

    @classmethod
    def from_state(cls, state):
        return cls()


def test_images_of_one_group_are_never_on_both_sides_of_a_fold(predict):
    rng = np.random.default_rng(0)
    group = rng.integers(30, size=120)
    logits = np.column_stack([group, rng.normal(size=120)])
    those = predict(rng.integers(2, size=120), logits, groups=[f"g{g}" for g in group], split="calib")
    losses = held_out_losses([Rememberer()], those, folds=5, seed=0)
    assert np.isfinite(losses.values).all()


def test_the_standard_error_is_that_of_the_mean_over_groups(simulate):
    those = simulate(200, 3, overconfidence=2, split="calib")
    losses = held_out_losses([NoCalibration(), Temperature()], those, folds=5, seed=0)
    paired = losses.values[1] - losses.values[0]
    assert losses.difference(1, 0) == pytest.approx((paired.mean(), paired.std(ddof=1) / np.sqrt(200)))


def test_copies_in_groups_do_not_make_the_choice_more_certain(simulate, predict):
    once = simulate(40, 3, overconfidence=2, split="calib")
    labels, logits = np.repeat(once.labels, 4), np.repeat(once.logits, 4, axis=0)
    copies = predict(labels, logits, groups=np.repeat(once.ids, 4), split="calib")
    candidates = [NoCalibration(), Temperature()]
    single, grouped = (held_out_losses(candidates, those, folds=40, seed=0) for those in (once, copies))
    assert grouped.difference(1, 0) == pytest.approx(single.difference(1, 0), rel=1e-3)


def test_the_order_of_the_images_changes_nothing_and_the_seed_the_folds(simulate):
    those = simulate(120, 3, overconfidence=2, split="calib")
    shuffled = those.rows(np.random.default_rng(0).permutation(120))
    first, again, other = Auto().fit(those), Auto().fit(shuffled), Auto(seed=1).fit(those)
    for one, two in zip(first.candidates_, again.candidates_, strict=True):
        assert one["nll"] == pytest.approx(two["nll"], rel=1e-5)
    assert nll(first, "temperature") != nll(other, "temperature")


def test_the_state_gives_back_the_taken_calibrator(simulate):
    those = simulate(150, 3, overconfidence=2, split="calib")
    found = Auto(seed=3).fit(those)
    again = calibrator_from_state(json.loads(json.dumps(found.state(), allow_nan=False)))
    assert again.state() == found.state()
    np.testing.assert_array_equal(again.transform(those.logits), found.transform(those.logits))


def test_one_group_cannot_be_compared_and_is_not_calibrated(simulate):
    found = Auto().fit(simulate(30, 3, groups=["same"] * 30, split="calib"))
    assert (found.taken_.method, found.candidates_) == ("none", [])
    assert "needs two groups" in found.notes_[0]


def test_only_some_images_are_compared_on_when_there_are_many_and_all_are_learned_from(simulate, monkeypatch):
    monkeypatch.setattr(module, "MOST_IMAGES", 100)
    seen = []
    monkeypatch.setattr(module, "held_out_losses", lambda kinds, those, **about: seen.append(len(those)))
    monkeypatch.setattr(module.Auto, "_fitted", lambda self: self.taken_)
    assert Auto().fit(simulate(400, 3, split="calib")).n_ == 400
    assert seen[0] == pytest.approx(100, abs=3)


@pytest.mark.parametrize("taken", [None, {}, {"method": "auto"}, {"method": "magic"}])
def test_a_state_that_took_nothing_known_is_refused(taken):
    with pytest.raises(DataError, match="no such method"):
        calibrator_from_state({"method": "auto", "taken": taken})


def test_asked_to_keep_answers_it_compares_nothing_that_could_change_one(predict):
    labels = np.arange(600) % 3
    swapped = predict((labels + (np.arange(600) % 4 > 0)) % 3, np.eye(3)[labels] * 3.0, split="calib")
    assert Auto().fit(swapped).taken_.method in ("vector", "matrix", "isotonic")
    careful = Auto(keep_answers=True).fit(swapped)
    assert {row["method"] for row in careful.candidates_} == {"none", "temperature", "temperature_smoothed"}
    assert (careful.transform(swapped.logits).argmax(axis=1) == swapped.logits.argmax(axis=1)).all()
