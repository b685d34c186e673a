"""What images of calib go through before a calibration is fitted."""

from __future__ import annotations

import pytest

from assay.config.compose import compose
from assay.errors import ConfigError
from assay.run.fitted import calibration_chains

DELIVERED = "calibration=false_alarms_delivered"


def test_chains_are_those_of_a_calibration_that_is_held_under_deliveries_and_of_no_other() -> None:
    words = ["data=exposr", "data.root=x", DELIVERED]
    named = compose(words).calibration.chains
    assert [chain.name for chain in calibration_chains(compose(words))] == list(named)
    assert calibration_chains(compose([])) == []
    assert calibration_chains(compose([*words[:2], "calibration=false_alarms"])) == []


def test_a_chain_that_is_none_is_refused_by_its_place() -> None:
    config = compose(["data=exposr", "data.root=x", DELIVERED, "+calibration.chains.mine=[{jpg: 75}]"])
    with pytest.raises(ConfigError, match=r"calibration\.chains\.mine: jpg: no such step; did you mean jpeg"):
        calibration_chains(config)
