"""Flip rates against counts made by hand."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint
from tests.conftest import predictions

from assay.errors import DataError
from assay.evaluation.record import from_record
from assay.evaluation.stability import Stability, measure_stability
from assay.postprocess.calibration.none import NoCalibration

CLASSES = np.array([0, 0, 0, 0, 1, 1, 1, 1])
AS_SENT = np.array([0, 0, 0, 1, 1, 1, 1, 0])  # two are wrong
JPEG = np.array([0, 0, 0, 1, 1, 1, 0, 0])  # the seventh changes
CUT = np.array([1, 0, 0, 0, 1, 1, 0, 0])  # the first, fourth and seventh change


class Shifted(NoCalibration):
    """Adds a half to the logit of the second class."""

    def transform(self, logits):
        return logits + np.array([0.0, 0.5], dtype=np.float32)


def answering(answers, **about):
    return predictions(CLASSES, np.eye(2)[answers] * 3, split="val", **about)


def measured(**about) -> Stability:
    delivered = {"JPEG": answering(JPEG, **about), "cut": answering(CUT, **about)}
    return measure_stability(answering(AS_SENT, **about), delivered, NoCalibration())


def test_an_answer_that_any_delivery_changes_is_counted_once():
    found = measured()
    assert found.split == "val"
    assert found.flip_rate.value == 3 / 8
    assert (found.flip_rate.low, found.flip_rate.high) == pytest.approx(proportion_confint(3, 8, method="wilson"))
    assert [(name, share.value) for name, share in found.deliveries] == [("JPEG", 1 / 8), ("cut", 3 / 8)]
    assert [(name, share.value) for name, share in found.classes] == [("class 0", 2 / 4), ("class 1", 1 / 4)]


def test_of_answers_that_hold_and_of_those_that_change_it_is_known_how_many_are_right():
    found = measured()
    assert (found.right_stable.value, found.right_stable.n) == (4 / 5, 5)
    assert (found.right_unstable.value, found.right_unstable.n) == (pytest.approx(2 / 3), 3)


def test_pictures_of_one_group_are_one_trial():
    narrow, wide = measured().flip_rate, measured(groups=["a", "a", "b", "b", "c", "c", "d", "d"]).flip_rate
    assert wide.value == narrow.value
    assert (wide.low, wide.high) == pytest.approx(proportion_confint(1.5, 4, method="wilson"))


def test_what_the_calibrator_makes_of_the_logits_is_what_flips():
    logits = predictions([0, 1], np.array([[1.0, 0.0], [0.0, 1.0]]), split="val")
    nearer = predictions([0, 1], np.array([[0.4, 0.0], [0.0, 1.0]]), split="val")
    assert measure_stability(logits, {"again": nearer}, NoCalibration()).flip_rate.value == 0
    assert measure_stability(logits, {"again": nearer}, Shifted()).flip_rate.value == 1 / 2


def test_other_pictures_or_none_are_refused():
    clean, others = answering(AS_SENT), answering(JPEG, ids=np.array([f"other-{i}" for i in range(8)]))
    with pytest.raises(DataError, match="not of the images"):
        measure_stability(clean, {"JPEG": others}, NoCalibration())
    with pytest.raises(DataError, match="nothing to hold"):
        measure_stability(clean, {}, NoCalibration())


def test_it_is_written_and_read_back():
    found = measured()
    assert from_record(Stability, json.loads(json.dumps(dataclasses.asdict(found)))) == found
