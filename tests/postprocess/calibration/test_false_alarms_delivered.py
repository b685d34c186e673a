from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import predictions

from assay.errors import DataError
from assay.postprocess.calibration.false_alarms import FalseAlarms
from assay.postprocess.calibration.false_alarms_delivered import FalseAlarmsDelivered

CHAINS = {"messenger": [{"jpeg": 75}], "smaller": [{"scale": 0.5}]}
LABELS = np.repeat([0, 1], [1000, 200])


def calib(shift: float, seed: int):
    """Real pictures whose margins a delivery moves, and generated ones."""
    margins = np.random.default_rng(seed).normal(np.where(LABELS == 0, shift, 6.0), 1)
    return predictions(LABELS, np.stack([-margins / 2, margins / 2], 1), split="calib")


CLEAN, DELIVERED = calib(0.0, 0), {"messenger": calib(1.0, 1), "smaller": calib(2.0, 2)}


def fitted(hold: str, rate: float = 0.05) -> FalseAlarmsDelivered:
    calibrator = FalseAlarmsDelivered(CHAINS, hold, 0, rate)
    calibrator.deliver(DELIVERED)
    return calibrator.fit(CLEAN)


def alarms(calibrator, seen) -> float:
    return float((calibrator.applied(seen).logits.argmax(1)[LABELS == 0] == 1).mean())


def test_the_mixture_holds_the_rate_on_average_over_deliveries() -> None:
    calibrator = fitted("mixture")
    shares = [alarms(calibrator, seen) for seen in (CLEAN, *DELIVERED.values())]
    assert np.mean(shares) == pytest.approx(0.05, abs=0.002)
    assert shares[0] < 0.05 < shares[2]
    assert list(calibrator.held_.values()) == pytest.approx(shares)
    assert "most are" in calibrator.notes_[-1]
    assert "after smaller" in calibrator.notes_[-1]


def test_the_largest_holds_it_for_each_delivery() -> None:
    calibrator = fitted("largest")
    shares = [alarms(calibrator, seen) for seen in (CLEAN, *DELIVERED.values())]
    assert max(shares) == pytest.approx(0.05, abs=0.002)
    assert calibrator.threshold_ == pytest.approx(FalseAlarms().fit(replace(DELIVERED["smaller"])).threshold_)


def test_without_deliveries_it_is_the_threshold_of_clean_pictures() -> None:
    assert FalseAlarmsDelivered().fit(CLEAN).threshold_ == FalseAlarms().fit(CLEAN).threshold_


def test_another_form_of_the_network_keeps_the_shift() -> None:
    calibrator = fitted("mixture")
    again = FalseAlarmsDelivered.from_state(calibrator.state())
    assert again.state() == calibrator.state()
    other = calib(0.3, 0)  # every margin of another form lies 0.3 higher
    form = again.fresh().fit(other)
    assert form.threshold_ == pytest.approx(calibrator.threshold_ + 0.3, abs=1e-4)


def test_deliveries_of_other_images_are_refused() -> None:
    calibrator = FalseAlarmsDelivered(CHAINS)
    calibrator.deliver({"messenger": replace(DELIVERED["messenger"], ids=CLEAN.ids[::-1].copy())})
    with pytest.raises(DataError, match="after messenger are not of the same images"):
        calibrator.fit(CLEAN)
