import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression

from assay.errors import DataError
from assay.postprocess.calibration import Isotonic, calibrator_from_state
from assay.postprocess.calibration.isotonic import rising_points


class SoftmaxOfLogits(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose features are its logits."""

    def __init__(self, classes=3):
        self.classes = classes

    def fit(self, features, labels):
        self.classes_ = np.arange(self.classes)
        return self

    def predict_proba(self, logits):
        return softmax(logits, axis=1)

    def predict(self, logits):
        return logits.argmax(axis=1)


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_probabilities_are_those_of_scikit_learn(simulate, classes):
    those, new = simulate(150, classes, split="calib"), simulate(400, classes, seed=1)
    model = SoftmaxOfLogits(classes).fit(None, None)
    theirs = CalibratedClassifierCV(FrozenEstimator(model), method="isotonic")
    theirs.fit(those.logits.astype(float), those.labels)
    ours = np.exp(Isotonic(smoothing=0).fit(those).transform(new.logits))
    np.testing.assert_allclose(ours, theirs.predict_proba(new.logits.astype(float)), atol=1e-6)


def test_points_are_those_of_scikit_learn_with_equal_scores():
    rng = np.random.default_rng(0)
    scores = rng.integers(20, size=200) / 20
    hits = rng.random(200) < scores**2
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, hits)
    grid = np.linspace(-0.1, 1.1, 97)
    np.testing.assert_allclose(np.interp(grid, *rising_points(scores, hits)), theirs.predict(grid), atol=1e-12)


def test_probabilities_rise_with_their_class_and_sum_to_one(simulate):
    those = simulate(300, 2, split="calib")
    ours = np.exp(Isotonic().fit(those).transform(those.logits))
    np.testing.assert_allclose(ours.sum(axis=1), 1)
    order = np.argsort(those.logits[:, 1] - those.logits[:, 0])
    assert (np.diff(ours[order, 1]) >= -1e-12).all()


def test_an_image_whose_classes_all_map_to_zero_gets_equal_shares(predict):
    labels = np.repeat([0, 1, 2], 20)
    calib = predict(labels, 5.0 * np.eye(3)[labels], split="calib")
    undecided = np.zeros((1, 3))  # a third for each class, between what was never and what was always right
    found = Isotonic(smoothing=0).fit(calib)
    found.points_ = [(np.array([0.5, 0.9]), np.array([0.0, 1.0]))] * 3
    np.testing.assert_allclose(np.exp(found.transform(undecided)), [[1 / 3] * 3])


def test_smoothing_keeps_every_probability_above_zero_and_without_it_some_are_ruled_out(simulate):
    those = simulate(60, 4, split="calib")
    plain, smoothed = (Isotonic(smoothing=s).fit(those).transform(those.logits) for s in (0, 1))
    assert np.isneginf(plain).any()
    assert not np.isnan(plain).any()
    assert np.exp(smoothed).min() == pytest.approx(1 / 4 / 61)


def test_a_class_without_images_keeps_the_models_own_probability(predict):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(80, 3))
    found = Isotonic(smoothing=0).fit(predict(rng.integers(2, size=80), logits, split="calib"))
    assert found.points_[2] is None
    assert "of class 'class 2' only 0" in found.notes_[0]
    new = np.array([[-50.0, -50.0, 0.0]])
    assert np.exp(found.transform(new))[0, 2] > 0.5


@pytest.mark.parametrize("points", [[[[0.2, 0.1], [0, 1]]], [[[0.1, 0.2], [0, 2]]], [None, None]])
def test_a_damaged_state_is_refused(points):
    state = {"method": "isotonic", "smoothing": 1.0, "points": points, "classes": 1, "n": 3, "split": "calib"}
    with pytest.raises(DataError, match="incomplete or damaged"):
        calibrator_from_state({**state, "notes": []})
