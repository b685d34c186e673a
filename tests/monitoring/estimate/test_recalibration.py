"""What the reference says of confidence, beside statsmodels, and what becomes of probabilities."""

import numpy as np
import pytest
import statsmodels.api as sm

from assay.errors import DataError
from assay.monitoring.estimate.recalibration import fit_recalibration
from drawn_answers import drawn


def test_offset_and_slope_and_how_surely_they_are_known_are_those_of_statsmodels_over_groups() -> None:
    labels, chances = drawn(3000, np.random.default_rng(0), sharper=1.6)
    correct, confidence, groups = chances.argmax(axis=1) == labels, chances.max(axis=1), np.arange(3000) // 3
    inside = np.clip(confidence, 1e-4, 1 - 1e-4)
    inputs = sm.add_constant(np.log(inside / (1 - inside)))
    other = sm.GLM(correct.astype(float), inputs, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    fitted = fit_recalibration(confidence, correct, groups)
    assert (fitted.offset, fitted.slope) == pytest.approx(tuple(other.params), abs=0.01)
    assert np.array(fitted.covariance) == pytest.approx(other.cov_params(), rel=0.03)
    assert fitted.slope < 0.9, "it is too sure of itself, and is found so"


def test_probabilities_stay_shares_and_on_average_promise_what_the_reference_has_kept() -> None:
    labels, chances = drawn(3000, np.random.default_rng(1), sharper=2.5)
    predicted = chances.argmax(axis=1)
    fitted = fit_recalibration(chances.max(axis=1), predicted == labels, np.arange(3000))
    changed = fitted.applied(chances, predicted)
    assert changed.sum(axis=1) == pytest.approx(1.0)
    assert (changed >= 0).all()
    assert changed[np.arange(3000), predicted].mean() == pytest.approx((predicted == labels).mean(), abs=1e-3)


def test_an_answer_that_is_quite_sure_leaves_something_for_the_other_classes() -> None:
    fitted = fit_recalibration(np.full(200, 0.99), np.arange(200) % 4 > 0, np.arange(200))
    changed = fitted.applied(np.array([[1.0, 0.0, 0.0]]), np.array([0]))
    assert changed[0].sum() == pytest.approx(1.0)
    assert changed[0, 1] == changed[0, 2] > 0


def test_a_reference_without_answers_is_refused() -> None:
    with pytest.raises(DataError, match="no answers with a known class"):
        fit_recalibration(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64))


def test_answers_that_count_for_more_move_it_as_they_do_in_statsmodels() -> None:
    labels, chances = drawn(4000, np.random.default_rng(2))
    confidence, correct = chances.max(axis=1), chances.argmax(axis=1) == labels
    weights = np.random.default_rng(3).uniform(0.2, 3, 4000)
    weights /= weights.mean()
    inside = np.clip(confidence, 1e-4, 1 - 1e-4)
    inputs = sm.add_constant(np.log(inside / (1 - inside)))
    other = sm.GLM(correct.astype(float), inputs, family=sm.families.Binomial(), freq_weights=weights).fit()
    fitted = fit_recalibration(confidence, correct, np.arange(4000), weights)
    assert (fitted.offset, fitted.slope) == pytest.approx(tuple(other.params), abs=0.01)
    assert fitted.freedom < 3500
