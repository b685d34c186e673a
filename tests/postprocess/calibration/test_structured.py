import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from assay.errors import DataError
from assay.postprocess.calibration import MatrixScaling, VectorScaling, calibrator_from_state

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


def planted(predict, scaling, bias, *, n=20_000, seed=0):
    """Labels from softmax(scaling @ log p + bias), where the model says p."""
    rng = np.random.default_rng(seed)
    logs = log_softmax(1.5 * rng.normal(size=(n, len(bias))), axis=1)
    truth = softmax(logs @ scaling.T + bias, axis=1)
    labels = np.minimum((truth.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1), len(bias) - 1)
    return predict(labels, logs, split="calib"), truth


FACTORS, BIAS = np.array([0.7, 1.0, 1.3]), np.array([0.4, 0.0, -0.3])
MIXED = np.array([[1.0, 0.5, 0.0], [0.0, 0.7, 0.3], [-0.4, 0.0, 1.2]])


def test_vector_scaling_finds_a_planted_factor_and_offset_of_each_class(predict):
    those, truth = planted(predict, np.diag(FACTORS), BIAS)
    found = VectorScaling().fit(those)
    assert found.inverse_temperature_ * found.scaling_ == pytest.approx(FACTORS, abs=0.06)
    assert found.bias_ - found.bias_.mean() == pytest.approx(BIAS - BIAS.mean(), abs=0.12)
    assert np.abs(softmax(found.transform(those.logits), axis=1) - truth).mean() < 0.01


def test_matrix_scaling_finds_a_planted_affine_map_that_vector_scaling_cannot(predict):
    those, truth = planted(predict, MIXED, BIAS)
    found = MatrixScaling().fit(those)
    whole = found.inverse_temperature_ * found.scaling_
    # Adding one row to all of them changes no probability.
    np.testing.assert_allclose(whole - whole.mean(axis=0), MIXED - MIXED.mean(axis=0), atol=0.08)
    error = np.abs(softmax(found.transform(those.logits), axis=1) - truth).mean()
    assert error < 0.012
    vector = VectorScaling().fit(those)
    assert np.abs(softmax(vector.transform(those.logits), axis=1) - truth).mean() > 3 * error


@pytest.mark.parametrize(("method", "name"), [(VectorScaling, "svs"), (MatrixScaling, "sms")])
def test_the_answers_without_probmetrics_are_those_of_probmetrics(simulate, method, name):
    from probmetrics.calibrators import get_calibrator

    those, new = simulate(120, 4, overconfidence=2, split="calib"), simulate(50, 4, seed=1, overconfidence=2)
    theirs = get_calibrator(name).fit(softmax(those.logits.astype(float), axis=1), those.labels)
    ours = softmax(method().fit(those).transform(new.logits), axis=1)
    np.testing.assert_allclose(ours, theirs.predict_proba(softmax(new.logits.astype(float), axis=1)), atol=2e-4)


def test_the_penalty_holds_the_matrix_near_the_temperature_when_there_are_few_images(simulate):
    few = MatrixScaling().fit(simulate(40, 5, overconfidence=2, split="calib"))
    many = MatrixScaling().fit(simulate(40_000, 5, overconfidence=2, split="calib"))
    off = ~np.eye(5, dtype=bool)
    assert np.abs(few.scaling_[off]).max() < 0.3
    assert np.abs(many.scaling_[off]).max() < 0.05


@pytest.mark.parametrize("method", [VectorScaling, MatrixScaling])
def test_few_images_of_a_class_and_changed_answers_are_said(simulate, method):
    notes = method().fit(simulate(90, 3, overconfidence=3, sharpness=0.6, split="calib")).notes_
    assert "under 50 per class it may follow chance" in notes[0]
    assert "answered with another class than before" in notes[1]


@pytest.mark.parametrize("method", [VectorScaling, MatrixScaling])
def test_the_constant_of_an_image_changes_nothing(simulate, method):
    those = simulate(100, 3, split="calib")
    found = method().fit(those)
    shifted = those.logits + np.arange(100)[:, None]
    np.testing.assert_allclose(
        softmax(found.transform(shifted), axis=1), softmax(found.transform(those.logits), axis=1), atol=1e-4
    )


@pytest.mark.parametrize("method", [VectorScaling, MatrixScaling])
@pytest.mark.parametrize("damage", [{"bias": [0.0]}, {"scaling": [float("nan")] * 3}, {"inverse_temperature": None}])
def test_a_damaged_state_is_refused(simulate, method, damage):
    state = method().fit(simulate(30, 3, split="calib")).state() | damage
    with pytest.raises(DataError, match="incomplete or damaged"):
        calibrator_from_state(state)
