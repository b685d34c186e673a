from dataclasses import replace

import numpy as np
import pytest

from assay.deploy.bundle.bundle import EVIDENCE
from assay.deploy.bundle.contents import FileEntry
from assay.evaluation.delivery_evidence import ChainDetection, DeliveryEvidence
from assay.evaluation.evaluate import evaluate
from assay.measurement import Measurement
from assay.postprocess.calibration import NoCalibration
from assay.serving.model_card import _facts, limits_of, limits_of_bundle

SHARE = Measurement(0.25, 0.2, 0.3, 40, "Wilson over images")
CHAIN = ChainDetection("thumbnail", "scaled to 50%, JPEG 80", SHARE, SHARE, SHARE)


@pytest.fixture(scope="module")
def bundle(tiny_bundle, predict):
    def with_limit(side: int | None):
        rng = np.random.default_rng(0)
        splits = {
            name: predict(np.arange(60) % 3, rng.normal(size=(60, 3)), split=name) for name in ("val", "calib", "test")
        }
        evidence = evaluate(splits, NoCalibration(), resamples=20)
        delivery = DeliveryEvidence(40, ("gan",), True, (CHAIN,), (), side)
        made = tiny_bundle()
        made = replace(made, about=replace(made.about, files={**made.about.files, EVIDENCE: FileEntry("", 0)}))
        vars(made)["evidence"] = replace(evidence, delivery=delivery)
        return made

    return with_limit


def test_a_bundle_keeps_to_the_smallest_side_that_was_measured_and_says_it(bundle) -> None:
    limited = bundle(40)
    small, enough = limited.predict([np.zeros((39, 60, 3), np.uint8), np.zeros((40, 60, 3), np.uint8)])
    assert (small.domain, enough.domain) == ("unsure", "in-domain")
    assert limited.predictor.smallest_side == 40
    (said,) = [each for each in limits_of_bundle(limited) if "shorter side" in each]
    assert "fewer than 40 pixels" in said
    (fact,) = [each for each in _facts(limited.evidence) if "after scaled to 50%" in each.what]
    assert fact.measured == SHARE


def test_without_a_side_nothing_is_held_back_and_nothing_said(bundle) -> None:
    free = bundle(None)
    assert free.predict([np.zeros((2, 2, 3), np.uint8)])[0].domain == "in-domain"
    assert not any(each.name == "small" for each in limits_of(free.evidence))
