from __future__ import annotations

import numpy as np
import pytest
import torch

from assay.postprocess.calibration import CALIBRATORS
from assay.postprocess.softmax import softmax


@pytest.mark.parametrize("method", sorted(CALIBRATORS.classes()))
def test_calibration_in_torch_gives_the_probabilities_of_the_calibrator(method, simulate):
    classes = 2 if method.startswith("false_alarms") else 3
    calibrator = CALIBRATORS.classes()[method]().fit(simulate(300, classes, split="calib", overconfidence=2.0))
    logits = simulate(200, classes, seed=5, overconfidence=3.0).logits
    module = calibrator.in_graph()
    assert module is not None
    found = module(torch.from_numpy(logits).double()).numpy()
    np.testing.assert_allclose(found, softmax(calibrator.transform(logits)), atol=1e-9)
