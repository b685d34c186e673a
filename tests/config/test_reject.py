import pytest

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError


@pytest.mark.parametrize(
    "calibration",
    [["calibration=matrix"], ["calibration=vector"], ["calibration=isotonic"], ["calibration.keep_answers=false"]],
)
def test_a_guarantee_is_refused_with_a_calibration_that_changes_answers(calibration):
    with pytest.raises(ConfigError, match="reject=risk with a calibration that changes answers"):
        check(compose(["reject=risk", *calibration]))
    check(compose(calibration))


@pytest.mark.parametrize("calibration", ["auto", "temperature", "temperature_smoothed", "none"])
def test_a_guarantee_goes_with_calibrations_that_keep_answers(calibration):
    check(compose(["reject=risk", f"calibration={calibration}"]))
