import math

import numpy as np
import pytest
from scipy.stats import betabinom

from assay.errors import DataError
from assay.postprocess.conformal import APS, LAC
from assay.postprocess.softmax import softmax

METHODS = [LAC, APS]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_coverage_on_simulated_images_is_that_of_theory(method, level, simulate):
    """With n held-out images, hits among m new ones follow a beta-binomial law (Angelopoulos and Bates 2023, 3.2)."""
    n, m = 400, 4000
    for seed in range(4):
        calib = simulate(n, 5, split="calib", seed=seed, sharpness=0.7)
        new = simulate(m, 5, seed=100 + seed, sharpness=0.7)
        sets = method(level=level).fit(calib).sets(softmax(new.logits))
        hits = sets[np.arange(m), new.labels].sum()
        rank = math.ceil((n + 1) * level)
        low, high = betabinom.ppf([1e-4, 1 - 1e-4], m, rank, n + 1 - rank)
        assert low <= hits <= high


@pytest.mark.parametrize("method", METHODS)
def test_coverage_holds_for_a_model_that_is_wrong_about_itself(method, simulate):
    calib = simulate(1000, 4, split="calib", seed=1, overconfidence=5.0)
    new = simulate(5000, 4, seed=2, overconfidence=5.0)
    sets = method(level=0.9).fit(calib).sets(softmax(new.logits))
    assert sets[np.arange(5000), new.labels].mean() > 0.9 - 4 * math.sqrt(0.09 / 1000)


def test_scores_are_those_of_the_papers():
    probabilities = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(LAC().scores(probabilities), [[0.8, 0.5, 0.7], [0.0, 1.0, 1.0]])
    np.testing.assert_allclose(APS().scores(probabilities), [[0.8, 0.0, 0.5], [0.0, 1.0, 1.0]])


def test_limit_is_the_conformal_quantile(predict):
    logits = np.log(np.array([[p, 1 - p] for p in (0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.6, 0.8, 0.2)]))
    fitted = LAC(level=0.7).fit(predict([0] * 9, logits, split="calib"))
    assert fitted.limit_ == pytest.approx(0.7)  # the 7th smallest of 9 scores: (9 + 1) * 0.7
    assert fitted.sets(np.array([[0.31, 0.69]])).tolist() == [[True, True]]
    assert fitted.sets(np.array([[0.29, 0.71]])).tolist() == [[False, True]]


def test_aps_sets_are_never_empty(simulate):
    calib, new = simulate(300, 6, split="calib"), simulate(1000, 6, seed=3)
    assert APS(level=0.6).fit(calib).sets(softmax(new.logits)).any(axis=1).all()


@pytest.mark.parametrize("method", METHODS)
def test_too_few_images_give_every_class_and_say_how_many_it_takes(method, simulate):
    calib = simulate(5, 3, split="calib")
    fitted = method(level=0.95).fit(calib)
    assert fitted.sets(softmax(simulate(20, 3).logits)).all()
    assert "need 19 held-out images and there are 5" in fitted.notes_[0]


@pytest.mark.parametrize("method", METHODS)
def test_test_images_may_not_be_learned_from(method, simulate):
    those = simulate(50, 3, split="test")
    with pytest.raises(DataError, match="fitted on calib or val"):
        method().fit(those)
