from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from assay.postprocess.calibration.structured_fit import fit_structured

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.mark.parametrize(("n", "classes", "sharpness"), [(40, 2, 1.0), (300, 4, 2.0), (120, 3, 60.0), (900, 35, 1.0)])
@pytest.mark.parametrize(("diagonal", "name"), [(True, "svs"), (False, "sms")])
def test_a_fit_is_that_of_probmetrics_to_the_last_bit(n, classes, sharpness, diagonal, name):
    from probmetrics.calibrators import get_calibrator

    rng = np.random.default_rng(n)
    logits = sharpness * rng.normal(size=(n, classes))
    truth = softmax(logits / 2, axis=1)
    labels = np.minimum((truth.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1), classes - 1)
    stated = np.maximum(softmax(logits, axis=1), np.finfo(np.float32).tiny)
    theirs = get_calibrator(name).fit(stated, labels)
    ours = fit_structured(stated, labels, diagonal=diagonal)
    assert ours.inverse_temperature == theirs.ts_.cal_.invtemp_
    scaling, bias = (theirs.v_, theirs.b_) if diagonal else (theirs.W_[:, :-1], theirs.W_[:, -1])
    assert ours.scaling.dtype == scaling.dtype == np.float32
    np.testing.assert_array_equal(ours.scaling, scaling)
    np.testing.assert_array_equal(ours.bias, bias)
