"""Heads that are solved at once, against scikit-learn and against what they are defined by."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import KNeighborsClassifier

from assay.deploy.graph.onnx_format import answering_onnx
from assay.errors import TrainingError
from assay.models.head import LinearHead
from assay.models.kernel_head import MOST_ROWS as MOST_OF_A_KERNEL
from assay.models.kernel_head import KernelHead
from assay.models.knn_head import MOST_ROWS, NEIGHBOURS, TEMPERATURES, KnnHead
from assay.models.logistic_head import STRENGTHS, LogisticHead
from assay.models.saved_head import head_from_state
from assay.models.solved_head import SolvedHead, TrainingRows
from assay.postprocess.calibration.temperature import Temperature
from assay.predictions import Predictions

FEATURES, CLASSES = 6, 3


def rows(count: int = 90, *, copies: int = 1, signal: float = 1.5, weights: np.ndarray | None = None) -> TrainingRows:
    """Classes that overlap; `copies` rows of each group, which differ by little."""
    rng = np.random.default_rng(0)
    labels = np.tile(rng.integers(0, CLASSES, count), copies)
    values = np.tile(signal * np.eye(FEATURES)[labels[:count]] + rng.normal(size=(count, FEATURES)), (copies, 1))
    values += 1e-3 * rng.normal(size=values.shape)
    groups = np.tile(np.arange(count).astype(str), copies)
    return TrainingRows(values.astype(np.float32), labels, groups, np.ones(len(labels)) if weights is None else weights)


def solved(head: SolvedHead, given: TrainingRows) -> SolvedHead:
    head.fit_(given.embeddings)
    assert head.solve_(given)
    return head.eval()


def standardised(head: SolvedHead, values: np.ndarray) -> np.ndarray:
    return ((values - head.standardize.mean.numpy()) / head.standardize.std.numpy()).astype(np.float64)


def probabilities(head: SolvedHead, values: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.softmax(head(torch.from_numpy(values)).double(), dim=1).numpy()


NEW = np.random.default_rng(1).normal(size=(40, FEATURES)).astype(np.float32)


@pytest.mark.parametrize(("k", "temperature"), [(1, 0.07), (7, 0.05), (20, 0.5)])
def test_neighbours_vote_as_those_of_scikit_learn(k: int, temperature: float) -> None:
    given = rows()
    head = solved(KnnHead(FEATURES, CLASSES, k=k, temperature=temperature), given)
    reference = KNeighborsClassifier(
        k, metric="cosine", algorithm="brute", weights=lambda distances: np.exp((1 - distances) / temperature)
    ).fit(standardised(head, given.embeddings), given.labels)
    voted = reference.predict_proba(standardised(head, NEW))
    np.testing.assert_allclose(probabilities(head, NEW), (k * voted + 1 / CLASSES) / (k + 1), atol=1e-4)


def test_number_and_temperature_are_those_that_expect_training_images_best_from_other_groups() -> None:
    given = rows(60, copies=2)
    head = solved(KnnHead(FEATURES, CLASSES, k=None, temperature=None), given)
    values = standardised(head, given.embeddings)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    losses = {}
    for k in [number for number in NEIGHBOURS if number <= 120] + [120]:
        for temperature in TEMPERATURES:
            total = 0.0
            for row in range(120):
                others = np.flatnonzero(given.groups != given.groups[row])
                cosines = values[others] @ values[row]
                near = others[np.argsort(-cosines)[:k]]
                votes = np.exp(values[near] @ values[row] / temperature)
                share = np.bincount(given.labels[near], votes, CLASSES) / votes.sum()
                total -= np.log((k * share + 1 / CLASSES) / (k + 1))[given.labels[row]]
            losses[k, temperature] = total / 120
    assert (head.k, head.temperature) == min(losses, key=lambda pair: losses[pair])


def test_votes_are_weighted_and_more_neighbours_than_images_are_all_of_them() -> None:
    weights = np.where(np.arange(90) % 2, 1.5, 0.5)
    given = rows(weights=weights)
    head = solved(KnnHead(FEATURES, CLASSES, k=5000, temperature=10), given)
    assert head.k == 90
    near = np.bincount(given.labels, weights, CLASSES) / weights.sum()
    assert np.abs(probabilities(head, NEW).mean(0) - near).max() < 0.02


def test_one_group_alone_still_gives_an_answer() -> None:
    given = rows(12)
    alone = TrainingRows(given.embeddings, given.labels, np.full(12, "one"), given.weights)
    head = solved(KnnHead(FEATURES, CLASSES, k=None), alone)
    assert np.isfinite(probabilities(head, NEW)).all()


def test_more_training_images_than_can_be_searched_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.models.knn_head.MOST_ROWS", 89)
    assert MOST_ROWS > 10_000
    with pytest.raises(TrainingError, match=r"90 training embeddings.*takes 89 at most"):
        solved(KnnHead(FEATURES, CLASSES), rows())


def test_the_strength_is_the_one_that_scikit_learn_chooses_and_the_minimum_is_its_own() -> None:
    given = rows(120, copies=2, signal=0.8)
    head = solved(LogisticHead(FEATURES, CLASSES), given)
    values, total = standardised(head, given.embeddings), len(given.labels)
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    reference = LogisticRegressionCV(
        Cs=[1 / (strength * total * 0.8) for strength in STRENGTHS],
        cv=list(folds.split(values, given.labels, given.groups)),
        scoring="neg_log_loss",
        tol=1e-7,
        max_iter=5000,
        use_legacy_attributes=False,
        l1_ratios=(0.0,),
    ).fit(values, given.labels)
    best = int(np.argmin([abs(1 / (strength * total * 0.8) / float(reference.C_) - 1) for strength in STRENGTHS]))
    alone = LogisticRegression(C=1 / (STRENGTHS[best] * total), tol=1e-8, max_iter=5000).fit(values, given.labels)
    np.testing.assert_allclose(
        probabilities(head, NEW), alone.predict_proba(standardised(head, NEW)), rtol=2e-3, atol=2e-3
    )


def test_copies_of_an_image_do_not_judge_it() -> None:
    given = rows(40, copies=4, signal=0.0)
    by_group = solved(LogisticHead(FEATURES, CLASSES), given).solve_(given)
    apart = TrainingRows(given.embeddings, given.labels, np.arange(160).astype(str), given.weights)
    by_row = solved(LogisticHead(FEATURES, CLASSES), apart).solve_(apart)
    strengths = [float(sentence.split("penalty ")[1].split(",")[0]) for sentence in (by_group, by_row)]
    assert strengths[0] > 5 * strengths[1]


def test_a_weight_of_two_is_an_image_twice_over() -> None:
    weights = np.where(np.arange(90) < 30, 2.0, 1.0)
    once = rows(weights=weights)
    again = np.concatenate([np.arange(90), np.arange(30)])
    twice = TrainingRows(once.embeddings[again], once.labels[again], once.groups[again], np.ones(120))
    heads = [LogisticHead(FEATURES, CLASSES, strength=0.01) for _ in range(2)]
    for head, given in zip(heads, (once, twice), strict=True):
        head.fit_(once.embeddings)
        head.solve_(given)
    np.testing.assert_allclose(probabilities(heads[0], NEW), probabilities(heads[1], NEW), atol=2e-3)


def test_of_two_classes_and_with_one_that_has_no_images_probabilities_are_those_of_scikit_learn() -> None:
    given = rows()
    two = given.labels < 2
    given = TrainingRows(given.embeddings[two], given.labels[two], given.groups[two], given.weights[two])
    head = solved(LogisticHead(FEATURES, CLASSES, strength=0.1), given)
    values = standardised(head, given.embeddings)
    reference = LogisticRegression(C=1 / (0.1 * two.sum()), tol=1e-8).fit(values, given.labels)
    got = probabilities(head, NEW)
    np.testing.assert_allclose(got[:, :2], reference.predict_proba(standardised(head, NEW)), atol=1e-3)
    assert got[:, 2].max() < 1e-2


def test_a_class_of_one_group_has_no_strength_but_a_given_one() -> None:
    given = rows()
    groups = np.where(given.labels == 1, "same", given.groups)
    alone = TrainingRows(given.embeddings, given.labels, groups, given.weights)
    with pytest.raises(TrainingError, match=r"class 1 has training images of 1 group alone.*head\.strength=0\.01"):
        solved(LogisticHead(FEATURES, CLASSES), alone)
    solved(LogisticHead(FEATURES, CLASSES, strength=0.01), alone)
    one = TrainingRows(given.embeddings, given.labels * 0, given.groups, given.weights)
    with pytest.raises(TrainingError, match="two classes or more"):
        solved(LogisticHead(FEATURES, CLASSES, strength=0.01), one)


def test_a_kernel_head_answers_as_kernel_ridge_regression_at_one_gain() -> None:
    given = rows(copies=2)
    head = solved(KernelHead(FEATURES, CLASSES, width=1.4, penalty=0.1), given)
    share = np.bincount(given.labels) / len(given.labels)
    reference = KernelRidge(alpha=0.1, kernel="rbf", gamma=1 / (2 * 1.4**2 * FEATURES))
    reference.fit(standardised(head, given.embeddings), np.eye(CLASSES)[given.labels] - share)
    with torch.no_grad():
        logits = head(torch.from_numpy(NEW)).numpy()
    scores = reference.predict(standardised(head, NEW)) + share
    gain = (logits * scores).sum() / (scores * scores).sum()
    assert gain > 1
    np.testing.assert_allclose(logits, gain * scores, atol=2e-3 * gain)


def test_a_kernel_head_is_chosen_by_trainings_without_each_group() -> None:
    """The loss that is said is the one of thirty functions, each solved by scikit-learn without one group."""
    given = rows(30, copies=2, signal=0.8)
    head = KernelHead(FEATURES, CLASSES, width=1.0, penalty=0.3)
    head.fit_(given.embeddings)
    said = float(head.solve_(given).split("log-loss ")[1].split(" ")[0])
    values, targets = standardised(head, given.embeddings), np.eye(CLASSES)[given.labels]
    scores = np.empty_like(targets)
    for group in np.unique(given.groups):
        others = given.groups != group
        reference = KernelRidge(alpha=0.3, kernel="rbf", gamma=1 / (2 * FEATURES))
        reference.fit(values[others], targets[others] - targets.mean(0))
        scores[~others] = reference.predict(values[~others]) + targets.mean(0)
    best = min(
        log_loss(given.labels, torch.softmax(torch.from_numpy(gain * scores), 1).numpy())
        for gain in np.geomspace(1, 50, 200)
    )
    assert said == pytest.approx(best, abs=2e-3)


def test_a_kernel_head_finds_what_no_plane_divides() -> None:
    values = np.random.default_rng(0).normal(size=(700, 2)).astype(np.float32)
    labels = (values.prod(1) > 0).astype(np.int64)
    given = TrainingRows(values[:300], labels[:300], np.arange(300).astype(str), np.ones(300))
    right = {
        make: (probabilities(solved(make(2, 2), given), values[300:]).argmax(1) == labels[300:]).mean()
        for make in (KernelHead, LogisticHead)
    }
    assert right[KernelHead] > 0.9 > 0.65 > right[LogisticHead]


def test_many_rows_are_thinned_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_OF_A_KERNEL > 2000
    monkeypatch.setattr("assay.models.kernel_head.MOST_ROWS", 60)
    head = KernelHead(FEATURES, CLASSES, landmarks=30)
    head.fit_(rows().embeddings)
    assert "on 30 of 90 training embeddings" in head.solve_(rows())
    assert head.landmarks.shape == (30, FEATURES)
    assert set(map(tuple, head.landmarks.tolist())) <= set(
        map(tuple, head.standardize(torch.from_numpy(rows().embeddings)).tolist())
    )


def test_a_kernel_head_needs_something_to_leave_out() -> None:
    given = rows()
    for labels, groups in ((given.labels * 0, given.groups), (given.labels, np.full(90, "one"))):
        with pytest.raises(TrainingError, match="two classes and two groups"):
            solved(KernelHead(FEATURES, CLASSES), TrainingRows(given.embeddings, labels, groups, given.weights))


@pytest.mark.parametrize("make", [KnnHead, LogisticHead, KernelHead])
def test_what_was_solved_comes_back_and_answers_alike_in_onnx(make: type) -> None:
    head = solved(make(FEATURES, CLASSES), rows())
    back = head_from_state(head.state(), FEATURES, CLASSES)
    back.load_state_dict(head.state_dict())
    values = torch.from_numpy(NEW)
    with torch.no_grad():
        expected = head(values).numpy()
        assert torch.equal(back.eval()(values), head(values))
    ids = np.arange(40).astype(str)
    labels = np.arange(40) % CLASSES
    calib = Predictions(ids, ids, "calib", labels, tuple("abc"), expected, calibrated=False)
    graph = answering_onnx(head, FEATURES, Temperature().fit(calib))
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    for part in (NEW, NEW[:1]):
        logits = session.run(["logits"], {"embeddings": part})[0]
        np.testing.assert_allclose(logits, expected[: len(part)], atol=2e-4)


def test_a_logistic_head_is_saved_as_the_linear_layer_that_it_is() -> None:
    assert type(head_from_state(LogisticHead(4, 2).state(), 4, 2)) is LinearHead


def test_solving_again_gives_the_same_to_the_last_bit() -> None:
    for make in (KnnHead, LogisticHead, KernelHead):
        states = [solved(make(FEATURES, CLASSES), rows()).state_dict() for _ in range(2)]
        assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
