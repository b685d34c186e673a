"""Estimates from confidence and from few labels: beside ppi-python, under drifted calibration, with keys as blocks."""

import re

import numpy as np
import ppi_py
import pytest

from assay.errors import DataError
from assay.monitoring.estimate.confidence_based import confidence_estimates
from assay.monitoring.estimate.estimate import CONFIDENCE_BASED, FEWEST, PREDICTION_POWERED, Estimates
from assay.monitoring.estimate.prediction_powered import prediction_powered_estimates
from assay.monitoring.estimate.recalibration import fit_recalibration
from drawn_answers import drawn


def _covered(value: float, estimate: object) -> bool:
    return bool(estimate.lower <= value <= estimate.upper)  # type: ignore[attr-defined]


def test_accuracy_without_labels_is_the_mean_confidence_and_says_on_what_it_rests() -> None:
    _, chances = drawn(500, np.random.default_rng(0))
    (made,) = confidence_estimates(chances, chances.argmax(axis=1), np.arange(500), metrics=["accuracy"])
    assert made.value == pytest.approx(chances.max(axis=1).mean())
    assert (made.lower + made.upper) / 2 == pytest.approx(made.value, abs=0.002)
    spread = 1.96 * chances.max(axis=1).std() / 500**0.5
    assert made.upper - made.value == pytest.approx(spread, rel=0.05)
    assert "a change of what classes look like is not seen" in made.assumption


def test_an_estimate_from_labels_is_that_of_ppi_python() -> None:
    rng = np.random.default_rng(3)
    labels, chances = drawn(6000, rng)
    chances = chances * np.exp(2 * rng.normal(size=chances.shape))  # a model that is worse than it could be
    chances /= chances.sum(axis=1, keepdims=True)
    predicted, confidence = chances.argmax(axis=1), chances.max(axis=1)
    labelled = rng.choice(6000, 500, replace=False)
    rest = np.setdiff1d(np.arange(6000), labelled)
    right = (labels == predicted)[labelled].astype(float)
    made = prediction_powered_estimates(chances, predicted, np.arange(6000), labelled, labels[labelled])[0]
    about = right, confidence[labelled], confidence[rest]
    ends = [float(end[0]) for end in ppi_py.ppi_mean_ci(*about, alpha=0.05)]
    assert made.value == pytest.approx(np.ravel(ppi_py.ppi_mean_pointestimate(*about))[0], abs=0.002)
    assert made.upper - made.lower == pytest.approx(ends[1] - ends[0], rel=0.03)
    tuned = float(re.search(r"power (\S+)", made.how).group(1))  # type: ignore[union-attr]
    spread = np.cov(np.concatenate([confidence[labelled], confidence[rest]])) * (1 + 500 / 5500)
    assert tuned == pytest.approx(np.cov(right, confidence[labelled])[0, 1] / spread, rel=0.1)
    assert 0.1 < tuned < 0.95


def test_with_weights_it_is_that_of_ppi_python_too() -> None:
    rng = np.random.default_rng(4)
    labels, chances = drawn(6000, rng)
    predicted, confidence = chances.argmax(axis=1), chances.max(axis=1)
    chance = np.where(labels == 0, 0.05, 0.15)
    labelled = np.flatnonzero(rng.uniform(size=6000) < chance)
    weights = 1 / chance[labelled]
    made = prediction_powered_estimates(
        chances, predicted, np.arange(6000), labelled, labels[labelled], weights=weights
    )[0]
    rest = np.setdiff1d(np.arange(6000), labelled)
    about = (labels == predicted)[labelled].astype(float), confidence[labelled], confidence[rest]
    assert made.value == pytest.approx(np.ravel(ppi_py.ppi_mean_pointestimate(*about, w=weights))[0], abs=0.005)
    plain = prediction_powered_estimates(chances, predicted, np.arange(6000), labelled, labels[labelled])[0]
    truth = (labels == predicted).mean()
    assert abs(made.value - truth) < abs(plain.value - truth)


def test_where_calibration_has_drifted_labels_still_hold_and_confidence_does_not() -> None:
    rng = np.random.default_rng(5)
    labels, chances = drawn(200_000, rng, scale=1.2, sharper=2.5)
    truth = float((labels == chances.argmax(axis=1)).mean())
    held = {PREDICTION_POWERED: 0, CONFIDENCE_BASED: 0}
    for _ in range(200):
        rows = rng.choice(200_000, 1500, replace=False)
        about = chances[rows], chances[rows].argmax(axis=1), np.arange(1500)
        labelled = np.arange(100)
        held[PREDICTION_POWERED] += _covered(
            truth, prediction_powered_estimates(*about, labelled, labels[rows][:100])[0]
        )
        held[CONFIDENCE_BASED] += _covered(truth, confidence_estimates(*about)[0])
    assert held[PREDICTION_POWERED] >= 0.91 * 200  # 95 % less two and a half standard errors of 200
    assert held[CONFIDENCE_BASED] == 0


def test_interval_without_labels_holds_where_calibration_does_and_the_reference_is_small() -> None:
    rng = np.random.default_rng(6)
    labels, chances = drawn(200_000, rng, sharper=1.3)
    truth = float((labels == chances.argmax(axis=1)).mean())
    held = alone = 0
    for _ in range(200):
        rows = rng.choice(200_000, 1400, replace=False)
        reference, window = rows[:400], rows[400:]
        predicted = chances.argmax(axis=1)
        learned = fit_recalibration(
            chances[reference].max(axis=1), predicted[reference] == labels[reference], np.arange(400)
        )
        about = chances[window], predicted[window], np.arange(1000)
        held += _covered(truth, confidence_estimates(*about, recalibration=learned)[0])
        alone += _covered(truth, confidence_estimates(*about)[0])
    assert 0.91 * 200 <= held <= 0.99 * 200
    assert alone < 0.1 * 200


@pytest.mark.parametrize("method", [CONFIDENCE_BASED, PREDICTION_POWERED])
def test_pictures_that_a_key_sends_over_and_over_make_nothing_surer(method: str) -> None:
    labels, chances = drawn(400, np.random.default_rng(7))
    widths = []
    for times in (1, 6):
        rows = np.repeat(np.arange(400), times)
        about = chances[rows], chances[rows].argmax(axis=1), rows
        labelled = np.flatnonzero(rows < 150)
        made = (
            confidence_estimates(*about)
            if method == CONFIDENCE_BASED
            else prediction_powered_estimates(*about, labelled, labels[rows][labelled])
        )
        widths.append([each.upper - each.lower for each in made])
    assert widths[0] == pytest.approx(widths[1], rel=0.01)


def test_one_key_alone_gives_a_value_without_an_interval() -> None:
    labels, chances = drawn(300, np.random.default_rng(8))
    about = chances, chances.argmax(axis=1), np.zeros(300, dtype=np.int64)
    for made in (*confidence_estimates(*about), *prediction_powered_estimates(*about, np.arange(50), labels[:50])):
        assert made.value is not None
        assert (made.lower, made.upper, made.how) == (None, None, "no interval: one key")


def test_labels_that_are_all_right_leave_room_below() -> None:
    _, chances = drawn(300, np.random.default_rng(9))
    predicted = chances.argmax(axis=1)
    made = prediction_powered_estimates(chances, predicted, np.arange(300), np.arange(60), predicted[:60])[0]
    assert made.value == 1.0
    assert made.upper == pytest.approx(1.0)
    assert 0.9 < made.lower < 0.96


def test_too_few_labels_or_none_answered_say_so() -> None:
    _, chances = drawn(100, np.random.default_rng(10))
    few = np.arange(FEWEST - 1)
    made = prediction_powered_estimates(chances, chances.argmax(axis=1), np.arange(100), few, few * 0)[0]
    assert (made.value, made.how) == (None, f"undefined: {FEWEST - 1} labels; {FEWEST} are needed")
    none = confidence_estimates(np.zeros((0, 4)), np.zeros(0, dtype=int), np.zeros(0, dtype=int))[0]
    assert (none.value, none.n) == (None, 0)


def test_an_answer_that_is_labelled_twice_and_a_label_too_few_are_refused() -> None:
    _, chances = drawn(100, np.random.default_rng(11))
    about = chances, chances.argmax(axis=1), np.arange(100)
    with pytest.raises(DataError, match="1 answers are named more than once"):
        prediction_powered_estimates(*about, np.array([0, 1, 1]), np.zeros(3, dtype=int))
    with pytest.raises(DataError, match="3 rows, 2 labels"):
        prediction_powered_estimates(*about, np.arange(3), np.zeros(2, dtype=int))


def test_estimates_go_to_disk_and_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    _, chances = drawn(100, np.random.default_rng(12))
    made = Estimates(confidence_estimates(chances, chances.argmax(axis=1), np.arange(100)), ("a note",))
    made.save_json(tmp_path / "estimates.json")
    assert Estimates.load(tmp_path / "estimates.json") == made
    assert made.of("accuracy", CONFIDENCE_BASED) is made.estimates[0]
    assert made.of("accuracy", PREDICTION_POWERED) is None
