from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.covariance import LedoitWolf, ledoit_wolf_shrinkage
from sklearn.ensemble import IsolationForest as Forest
from sklearn.metrics import roc_auc_score

from assay.errors import DataError
from assay.postprocess.ood import gaussian
from assay.postprocess.ood.detector import Detector, LinearMap
from assay.postprocess.ood.energy import Energy
from assay.postprocess.ood.gen import Gen
from assay.postprocess.ood.isolation_forest import IsolationForest
from assay.postprocess.ood.knn import Knn
from assay.postprocess.ood.mahalanobis import Mahalanobis
from assay.postprocess.ood.methods import auroc, choose, fit_panel, panel
from assay.postprocess.ood.msp import Msp
from assay.postprocess.ood.relative_mahalanobis import RelativeMahalanobis
from assay.predictions import Predictions

Make = Callable[..., Predictions]
EVERY = list(panel())
LEARNING = [name for name, detector in panel().items() if detector.uses == "embeddings"]


@pytest.fixture(scope="module")
def fitted(drawn: Make, head: LinearMap) -> dict[str, Detector]:
    return fit_panel(drawn("train"), head=head)


def residuals_of(train: Predictions) -> np.ndarray:
    rows = train.embeddings.astype(np.float64)
    return np.concatenate([rows[train.labels == k] - rows[train.labels == k].mean(axis=0) for k in range(3)])


@pytest.mark.parametrize("shape", [(300, 12), (40, 60), (5, 3)])
def test_shrinkage_is_that_of_scikit_learn(shape: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).gamma(2, 1, shape) @ np.diag(np.linspace(0.1, 3, shape[1]))
    rows -= rows.mean(axis=0)
    expected = ledoit_wolf_shrinkage(rows, assume_centered=True)
    fourth = float(((rows**2).sum(axis=1) ** 2).sum())
    shrinkage = gaussian.ledoit_wolf_shrinkage(rows.T @ rows / len(rows), fourth, len(rows))
    assert shrinkage == pytest.approx(expected, rel=1e-9)


def test_mahalanobis_is_the_distance_to_the_nearest_class_by_scikit_learns_covariance(drawn: Make) -> None:
    train, test = drawn("train"), drawn("test")
    covariance = LedoitWolf(assume_centered=True).fit(residuals_of(train))
    means = np.stack([train.embeddings[train.labels == k].astype(float).mean(axis=0) for k in range(3)])
    distances = (
        cdist(test.embeddings.astype(float), means, "mahalanobis", VI=np.linalg.inv(covariance.covariance_)) ** 2
    )
    found = Mahalanobis(normalize=False).fit(train).score_of(test)
    np.testing.assert_allclose(found, distances.min(axis=1), rtol=1e-6)


def test_relative_mahalanobis_subtracts_the_distance_to_the_mean_of_all(drawn: Make) -> None:
    train, test = drawn("train"), drawn("test")
    overall = LedoitWolf().fit(train.embeddings.astype(float))
    expected = Mahalanobis(normalize=False).fit(train).score_of(test) - overall.mahalanobis(
        test.embeddings.astype(float)
    )
    np.testing.assert_allclose(RelativeMahalanobis().fit(train).score_of(test), expected, rtol=1e-6, atol=1e-8)


def test_normalised_distances_do_not_depend_on_the_length_of_embeddings(drawn: Make) -> None:
    train, test = drawn("train"), drawn("test")
    longer = replace(test, embeddings=test.embeddings * 8)
    for detector in (Mahalanobis(), Knn(k=5)):
        detector.fit(train)
        np.testing.assert_allclose(detector.score_of(longer), detector.score_of(test), rtol=1e-5)


def test_knn_is_the_kth_smallest_distance(drawn: Make) -> None:
    train, test = drawn("train"), drawn("test", 40)
    unit = [those.embeddings / np.linalg.norm(those.embeddings, axis=1, keepdims=True) for those in (test, train)]
    expected = np.sort(cdist(*unit), axis=1)[:, 6]
    np.testing.assert_allclose(Knn(k=7).fit(train).score_of(test), expected, rtol=1e-5)


def test_isolation_forest_scores_as_scikit_learn_does(drawn: Make) -> None:
    train, test = drawn("train"), drawn("test", shift=0.5)
    forest = Forest(n_estimators=30, max_samples=64, random_state=3).fit(train.embeddings)
    found = IsolationForest(trees=30, images=64, seed=3).fit(train).score_of(test)
    np.testing.assert_allclose(found, -forest.score_samples(test.embeddings), rtol=1e-9)


def test_logit_scores_are_their_definitions() -> None:
    logits = np.array([[2.0, 0.5, -1.0], [0.0, 0.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Msp().score(None, logits), 1 - p.max(axis=1))
    np.testing.assert_allclose(Energy(2.0).score(None, logits), -2 * np.log(np.exp(logits / 2).sum(axis=1)))
    np.testing.assert_allclose(Gen(0.1, 2).score(None, logits), ((p * (1 - p)) ** 0.1)[:, :2].sum(axis=1))


@pytest.mark.parametrize("name", EVERY)
def test_in_domain_against_in_domain_is_a_coin_flip(name: str, fitted: dict[str, Detector], drawn: Make) -> None:
    scores = [fitted[name].score_of(drawn("test", 2000, seed=seed)) for seed in (1, 2)]
    assert auroc(*scores) == pytest.approx(0.5, abs=0.035)  # four standard errors


@pytest.mark.parametrize("name", LEARNING)
def test_scores_rise_with_a_planted_shift(name: str, fitted: dict[str, Detector], drawn: Make) -> None:
    inside = fitted[name].score_of(drawn("test"))
    areas = [auroc(inside, fitted[name].score_of(drawn("ood", shift=shift))) for shift in (0.5, 1.5, 6.0)]
    assert areas == sorted(areas)
    assert areas[-1] > 0.95


@pytest.mark.parametrize("name", ["msp", "energy", "gen"])
def test_less_sure_logits_are_more_outlying(name: str, fitted: dict[str, Detector], drawn: Make) -> None:
    inside = drawn("test")
    flatter = fitted[name].score(None, inside.logits / 3)
    assert (flatter > fitted[name].score(None, np.abs(inside.logits) + inside.logits)).mean() > 0.8


@pytest.mark.parametrize("name", EVERY)
def test_what_is_saved_scores_the_same(name: str, fitted: dict[str, Detector], drawn: Make) -> None:
    detector, test = fitted[name], drawn("test")
    restored = type(detector).from_state(detector.state())
    assert np.array_equal(restored.score_of(test), detector.score_of(test))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("split", ["val", "calib", "test", "ood"])
def test_a_detector_learns_from_train_only(name: str, split: str, drawn: Make) -> None:
    with pytest.raises(DataError, match="may not be fitted on the split"):
        panel()[name].fit(drawn(split))


@pytest.mark.parametrize("name", LEARNING)
def test_a_detector_that_was_never_fitted_says_so(name: str, drawn: Make) -> None:
    with pytest.raises(DataError, match="never fitted"):
        panel()[name].score_of(drawn("test"))


@pytest.mark.parametrize("name", LEARNING)
@pytest.mark.parametrize("case", ["constant", "n<d", "one image in a class", "one image", "two images"])
def test_degenerate_training_embeddings_give_finite_scores(name: str, case: str, drawn: Make, head: LinearMap) -> None:
    train, test = drawn("train"), drawn("test", 20)
    if case == "constant":
        train = replace(train, embeddings=np.ones_like(train.embeddings))
    else:
        rows = {
            "n<d": np.arange(8),
            "one image": np.arange(1),
            "two images": np.arange(2),
            "one image in a class": np.flatnonzero((train.labels > 0) | (np.arange(300) == np.argmin(train.labels))),
        }[case]
        columns = ("ids", "groups", "labels", "logits", "embeddings", "statistics")
        train = replace(train, **{column: getattr(train, column)[rows] for column in columns})
    detector = panel()[name].fit(train, head=head)
    assert np.isfinite(detector.score_of(test)).all()
    if case == "constant" and name not in ("knn", "isolation_forest"):
        assert detector.notes_


def test_with_fewer_images_than_dimensions_new_in_domain_images_are_told_from_shifted_ones(
    drawn: Make, head: LinearMap
) -> None:
    train = drawn("train", 9)
    for name, detector in fit_panel(train, head=head).items():
        if name in ("mahalanobis_raw", "mahalanobis", "vim"):
            areas = auroc(detector.score_of(drawn("test")), detector.score_of(drawn("ood", shift=6.0)))
            assert areas > 0.8, name


@pytest.mark.parametrize("name", EVERY)
def test_infinite_logits_have_scores_that_can_be_ordered(name: str, fitted: dict[str, Detector], drawn: Make) -> None:
    test = drawn("test", 3)
    logits = np.array([[np.inf, 0, 0], [-np.inf, -np.inf, 1], [-np.inf, -np.inf, -np.inf]], dtype=np.float32)
    assert not np.isnan(fitted[name].score(test.embeddings, logits)).any()


def test_embeddings_that_are_not_finite_are_refused(fitted: dict[str, Detector], drawn: Make) -> None:
    test = drawn("test", 3)
    broken = test.embeddings.copy()
    broken[1, 2] = np.nan
    with pytest.raises(DataError, match="1 of 3 embeddings are not finite"):
        fitted["mahalanobis"].score(broken, test.logits)


def test_auroc_is_that_of_scikit_learn_with_ties_and_infinities() -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.integers(0, 6, 50).astype(float), rng.integers(2, 8, 30).astype(float)
    truth = np.r_[np.zeros(50), np.ones(30)]
    assert auroc(inside, outside) == pytest.approx(roc_auc_score(truth, np.r_[inside, outside]))
    assert auroc(np.array([-np.inf, 0.0]), np.array([np.inf])) == 1


def test_auto_takes_the_best_on_its_own_sets_and_refuses_others(fitted: dict[str, Detector], drawn: Make) -> None:
    far = drawn("ood", shift=0.5)
    best, means = choose(fitted, drawn("val"), {"far": far})
    assert means[best] == max(means.values())
    areas = auroc(fitted[best].score_of(drawn("val")), fitted[best].score_of(far))
    assert means[best] == pytest.approx(areas)
    with pytest.raises(DataError, match="chooses on images of the split val"):
        choose(fitted, drawn("test"), {"far": far})
    with pytest.raises(DataError, match="0 sets"):
        choose(fitted, drawn("val"), {})


def test_nothing_is_kept_as_pickle(fitted: dict[str, Detector], tmp_path: Path) -> None:
    for name, detector in fitted.items():
        for value in detector.state().values():
            plain = isinstance(value, (str, int, float, bool, list, type(None)))
            assert plain or (isinstance(value, np.ndarray) and value.dtype.kind in "fi"), name
