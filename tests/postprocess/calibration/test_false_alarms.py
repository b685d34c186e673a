import numpy as np
import pytest
from tests.conftest import predictions

from assay.errors import DataError
from assay.postprocess.calibration import FalseAlarms, calibrator_from_state
from assay.postprocess.calibration.false_alarms import threshold_of


def scores(n: int, seed: int, split: str, *, generated_at: float):
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], n)
    margins = np.r_[rng.normal(0, 1, n), rng.normal(generated_at, 1, n)]
    return predictions(labels, np.stack([-margins / 2, margins / 2], 1), split=split)


@pytest.mark.parametrize("generated_at", [1.0, 30.0])
def test_the_share_of_false_alarms_is_what_was_asked_for_whatever_the_generated_images(generated_at: float) -> None:
    calibrator = FalseAlarms(rate=0.05).fit(scores(4000, 0, "calib", generated_at=generated_at))
    fresh = scores(4000, 1, "test", generated_at=generated_at)
    called = calibrator.transform(fresh.logits).argmax(1)
    assert called[fresh.labels == 0].mean() == pytest.approx(0.05, abs=0.015)
    assert calibrator.threshold_ == pytest.approx(1.645, abs=0.1)  # the normal quantile


def test_the_threshold_lets_at_most_the_share_through() -> None:
    assert threshold_of(np.arange(100.0), 0.1) == 90.0
    assert threshold_of(np.array([3.0]), 0.05) == 3.0


def test_it_is_the_same_after_being_written_down() -> None:
    calibrator = FalseAlarms(reference=1, rate=0.1).fit(scores(50, 0, "calib", generated_at=4.0))
    again = calibrator_from_state(calibrator.state())
    logits = np.random.default_rng(0).normal(size=(5, 2))
    assert np.array_equal(again.transform(logits), calibrator.transform(logits))


def test_it_is_for_two_classes() -> None:
    with pytest.raises(DataError, match="got 3 classes"):
        FalseAlarms().fit(predictions(np.arange(30) % 3, np.zeros((30, 3)), split="calib"))
