import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics as sk

from assay.evaluation.metrics.ordering import Ordering
from assay.evaluation.metrics.ranking import RankingMetrics, average_precision, roc_auc
from assay.evaluation.metrics.sample import Sample


def binary(n, *, seed=0, levels=None):
    """Labels and logits of a model of two classes; with `levels` there are only so many scores."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(int)
    score = rng.normal(size=n) + labels
    if levels:
        score = np.round(score * levels / 6) * 6 / levels
    return labels, np.stack([np.zeros(n), score], axis=1)


@pytest.mark.parametrize("levels", [None, 5, 40])
def test_two_classes_are_judged_by_the_second_as_in_scikit_learn(levels):
    labels, logits = binary(500, levels=levels)
    found = RankingMetrics(Sample.from_logits(labels, logits)).exact()
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(labels, logits[:, 1]))
    assert found["pr_auc"] == pytest.approx(sk.average_precision_score(labels, logits[:, 1]))


def test_more_classes_are_judged_each_against_the_rest_as_in_scikit_learn(simulate):
    those = simulate(400, 5)
    found = RankingMetrics(Sample.from_logits(those.labels, those.logits)).exact()
    chances = softmax(those.logits.astype(float), axis=1)
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(those.labels, chances, multi_class="ovr"))
    precisions = [sk.average_precision_score(those.labels == k, chances[:, k]) for k in range(5)]
    assert found["pr_auc"] == pytest.approx(np.mean(precisions))


def test_a_class_without_images_is_left_out_of_the_mean(simulate):
    those = simulate(300, 4)
    kept = those.labels != 2
    labels, logits = those.labels[kept], those.logits[kept]
    chances = softmax(logits.astype(float), axis=1)
    expected = np.mean([sk.roc_auc_score(labels == k, chances[:, k]) for k in (0, 1, 3)])
    assert RankingMetrics(Sample.from_logits(labels, logits)).exact()["roc_auc"] == pytest.approx(expected)


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_a_single_class_leaves_both_undefined(classes):
    family = RankingMetrics(Sample.from_logits(np.zeros(4, dtype=int), np.zeros((4, classes))))
    assert np.isnan(list(family.exact().values())).all()
    assert np.isnan(family.resampled(np.zeros((0, 3)), np.full(3, 4.0))["roc_auc"]).all()


@pytest.mark.parametrize("levels", [None, 30])
def test_resamples_are_what_scikit_learn_says_of_weighted_images(levels):
    labels, logits = binary(300, levels=levels)
    family = RankingMetrics(Sample.from_logits(labels, logits))
    weights = np.random.default_rng(1).integers(0, 4, size=(300, 6))
    found = family.resampled((family.rows @ weights.astype(np.float32)).astype(float), weights.sum(axis=0))
    for r in range(6):
        weighted = {"y_true": labels, "y_score": logits[:, 1], "sample_weight": weights[:, r]}
        assert found["roc_auc"][r] == pytest.approx(sk.roc_auc_score(**weighted))
        assert found["pr_auc"][r] == pytest.approx(sk.average_precision_score(**weighted))


@pytest.mark.parametrize("share", [0.5, 0.01])
def test_cells_move_both_areas_by_less_than_a_thousandth(share):
    rng = np.random.default_rng(2)
    positive = rng.random(60_000) < share
    fine = Ordering.by(rng.normal(size=60_000) + 2 * positive, positive)
    coarse = fine.coarse(positive)
    assert len(coarse.yes) <= 2048
    assert coarse.yes.sum() == positive.sum()
    assert coarse.no.sum() == (~positive).sum()
    assert roc_auc(coarse.yes, coarse.no) == pytest.approx(roc_auc(fine.yes, fine.no), abs=1e-5)
    assert average_precision(coarse.yes, coarse.no) == pytest.approx(average_precision(fine.yes, fine.no), abs=1e-3)


def test_equal_scores_share_a_cell():
    ordering = Ordering.by(np.array([0.1, 0.7, 0.1, 0.7, 0.9]), np.array([True, False, False, True, True]))
    np.testing.assert_array_equal(ordering.images, [4, 1, 3, 0, 2])
    np.testing.assert_array_equal(ordering.cells, [0, 1, 1, 2, 2])
    np.testing.assert_array_equal(ordering.yes, [1, 1, 1])
    np.testing.assert_array_equal(ordering.no, [0, 1, 1])
