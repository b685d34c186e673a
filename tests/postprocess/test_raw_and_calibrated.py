"""Logits before and after calibration are told apart by the value, and refused where the other kind belongs."""

from __future__ import annotations

import numpy as np
import pytest

from assay.comparison import Side
from assay.comparison.one_sided import gains
from assay.errors import DataError
from assay.evaluation.evaluate import calibrated_values, evaluate
from assay.evaluation.generators import measure_generators
from assay.evaluation.memorisation import measure_memorisation
from assay.evaluation.robustness import measure_robustness
from assay.postprocess.calibration import CALIBRATORS, NoCalibration, Temperature
from assay.postprocess.conformal import LAC
from assay.postprocess.ood.knn import Knn
from assay.postprocess.ood.msp import Msp
from assay.postprocess.reject import CoverageRule
from assay.postprocess.softmax import softmax


@pytest.mark.parametrize("method", CALIBRATORS.classes().values())
def test_every_calibrator_makes_calibrated_predictions_of_raw_ones_and_takes_no_others(simulate, method) -> None:
    calib, test = simulate(300, 2, split="calib", overconfidence=2.0), simulate(50, 2, seed=1)
    calibrator = method().fit(calib)
    calibrated = calibrator.applied(test)
    assert (test.calibrated, calibrated.calibrated) == (False, True)
    np.testing.assert_array_equal(calibrated.logits, calibrator.transform(test.logits))
    np.testing.assert_array_equal(calibrated.ids, test.ids)
    with pytest.raises(DataError, match=f"calibration={method.method} takes the model's own logits.*'test'"):
        calibrator.applied(calibrated)
    with pytest.raises(DataError, match=f"calibration={method.method} takes the model's own logits.*'calib'"):
        method().fit(NoCalibration().applied(calib))


def test_what_reads_the_models_own_logits_refuses_calibrated_ones(simulate) -> None:
    splits = {split: simulate(120, 2, split=split) for split in ("train", "val", "calib", "test")}
    temperature = Temperature().fit(splits["calib"])
    after = {split: temperature.applied(those) for split, those in splits.items()}
    calib, test = after["calib"], after["test"]
    made = dict(zip(test.ids.tolist(), np.array(["", "gan"])[test.labels].tolist(), strict=True))
    for use in (
        lambda: CoverageRule().fit(calib, softmax(calib.logits)),
        lambda: LAC().fit(calib),
        lambda: Knn().fit(after["train"]),
        lambda: Msp().score_of(test),
        lambda: evaluate({"test": test}, temperature, resamples=0),
        lambda: calibrated_values(test, temperature),
        lambda: measure_robustness(test, {("noise", 1): test}, temperature, resamples=0),
        lambda: measure_memorisation(after["train"], splits["val"], None, 1, resamples=0),
        lambda: measure_generators(calib, {("", "clean"): test}, made, seen=(), resamples=0),
    ):
        with pytest.raises(DataError, match="takes the model's own logits"):
            use()


def test_models_are_compared_by_calibrated_logits_alone(simulate) -> None:
    raw = simulate(50, 2)
    calibrated = NoCalibration().applied(raw)
    Side("a", (calibrated,))
    with pytest.raises(DataError, match="a: a comparison takes calibrated logits"):
        Side("a", (calibrated, raw), (0, 1))
    with pytest.raises(DataError, match="second: a comparison takes calibrated logits"):
        gains(calibrated, raw, ["accuracy"], level=0.05)
