from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from assay.evaluation.ood import OodEvidence, measure_ood
from assay.evaluation.record import from_record
from assay.evaluation.separation import separations
from assay.postprocess.ood.knn import Knn
from assay.postprocess.ood.methods import fit_panel
from assay.postprocess.ood.quick_checks import QuickChecks
from assay.postprocess.ood.two_stage import TwoStage
from assay.predictions import Predictions

NAMES = ("sharpness",)


def names(n: int) -> np.ndarray:
    return np.array([f"g{index}" for index in range(n)], dtype=np.str_)


def one(inside: np.ndarray, outside: np.ndarray, groups: int | None = None, **about: int) -> tuple:
    outer = names(len(outside)) if groups is None else np.sort(np.resize(names(groups), len(outside)))
    both = separations({"s": inside}, {"s": outside}, inside_groups=names(len(inside)), outside_groups=outer, **about)
    return both["s"].auroc, both["s"].aupr, both["s"].fpr95


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-4, 6), min_size=2, max_size=60), st.lists(st.integers(-4, 6), min_size=2, max_size=60))
def test_values_are_those_of_scikit_learn_with_ties(inside: list[int], outside: list[int]) -> None:
    found = one(np.array(inside, float), np.array(outside, float), resamples=0)
    truth, score = np.r_[np.zeros(len(inside)), np.ones(len(outside))], np.r_[inside, outside]
    passed, accepted, _ = roc_curve(1 - truth, -score, drop_intermediate=False)
    assert found[0].value == pytest.approx(roc_auc_score(truth, score))
    assert found[1].value == pytest.approx(average_precision_score(truth, score))
    assert found[2].value == pytest.approx(passed[np.flatnonzero(accepted >= 0.95 - 1e-9)[0]])


def test_many_scores_have_exact_values_too() -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(size=4000), rng.normal(1, 1, 3000)
    found = one(inside, outside, resamples=50)
    truth = np.r_[np.zeros(4000), np.ones(3000)]
    assert found[0].value == pytest.approx(roc_auc_score(truth, np.r_[inside, outside]), abs=1e-12)
    assert found[0].low < found[0].value < found[0].high


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    from scipy.stats import norm

    rng = np.random.default_rng(0)
    truth, hits = norm.cdf(1 / np.sqrt(2)), 0
    for _ in range(60):
        found = one(rng.normal(size=80), rng.normal(1, 1, 60), resamples=200)[0]
        hits += found.low <= truth <= found.high
    assert hits >= 50  # binomial(60, 0.95) is below 51 with probability 0.0007


def test_pictures_of_one_group_are_resampled_together() -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(size=200), np.repeat(rng.normal(1, 1, 8), 25)
    alone, grouped = one(inside, outside, resamples=200)[0], one(inside, outside, 8, resamples=200)[0]
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    assert "groups, 200 and 8" in grouped.method
    assert one(inside, outside, 1)[0].low is None


def test_infinite_scores_are_ordered() -> None:
    found = one(np.array([-np.inf, 0.0, 1.0]), np.array([np.inf, np.inf]), resamples=20)
    assert [measured.value for measured in found] == [1, 1, 0]


Make = Callable[..., Predictions]


@pytest.fixture(scope="module")
def drawn() -> Make:
    means = np.random.default_rng(1).normal(0, 2, (3, 6))

    def draw(split: str, n: int, *, shift: float = 0.0, seed: int = 0, sharpness: float = 5.0) -> Predictions:
        rng = np.random.default_rng([seed, len(split), n])
        labels = rng.integers(0, 3, n)
        vectors = (means[labels] + rng.normal(size=(n, 6)) + shift).astype(np.float32)
        return Predictions(
            ids=np.char.add(split, names(n)),
            groups=np.char.add(split, names(n)),
            split=split,
            labels=np.full(n, -1) if split == "ood" else labels,
            class_names=("a", "b", "c"),
            logits=vectors @ means.T.astype(np.float32),
            embeddings=vectors,
            statistics=rng.normal(sharpness, 0.5, (n, 1)).astype(np.float32),
            statistics_names=NAMES,
        )

    return draw


@pytest.fixture(scope="module")
def measured(drawn: Make) -> OodEvidence:
    train = drawn("train", 400)
    panel = fit_panel(train)
    rule = TwoStage(panel["mahalanobis_raw"], QuickChecks().fit(train)).cut(drawn("calib", 300))
    sets = {
        "same": drawn("ood", 500),
        "far": drawn("ood", 60, shift=5),
        "blurred": drawn("ood", 50, sharpness=1),
        "none": drawn("ood", 0),
    }
    return measure_ood(rule, panel, drawn("test", 500), sets, detector="mahalanobis_raw", resamples=100)


def test_in_domain_against_in_domain_is_chance_and_the_nominal_share(measured: OodEvidence) -> None:
    same = measured.sets[0]
    for separation in same.panel.values():
        assert separation.auroc.low - 0.03 < 0.5 < separation.auroc.high + 0.03
        assert separation.fpr95.value == pytest.approx(0.95, abs=0.04)
        assert separation.aupr.value == pytest.approx(0.5, abs=0.06)
    for shares in (same.shares, measured.test):
        assert shares.away.value == pytest.approx(0.05, abs=0.035)
        assert shares.out.value == pytest.approx(0.01, abs=0.02)
        assert shares.away.low < shares.away.value < shares.away.high


def test_a_planted_shift_is_found_by_the_detector_and_blur_by_the_checks(measured: OodEvidence) -> None:
    far, blurred = measured.sets[1], measured.sets[2]
    assert far.panel["mahalanobis_raw"].auroc.value > 0.95
    assert far.shares.away.value > 0.9
    assert blurred.panel["mahalanobis_raw"].auroc.value == pytest.approx(0.5, abs=0.15)
    assert blurred.shares.out.value == 1
    assert blurred.shares.fired == {"sharpness": 50}


def test_a_set_without_images_is_told_of(measured: OodEvidence) -> None:
    assert [those.name for those in measured.sets] == ["same", "far", "blurred"]
    assert "The OOD set none has no images: nothing is measured on it." in measured.notes


def test_without_any_set_false_rejects_are_measured_and_said_to_be_all(drawn: Make) -> None:
    rule = TwoStage(Knn()).fit(drawn("train", 200), drawn("calib", 5))
    found = measure_ood(rule, {"knn": rule.detector}, drawn("test", 100), {}, detector="knn")
    assert found.sets == ()
    assert found.cut_offs == (None, None)
    assert any("There are no OOD sets" in note for note in found.notes)
    assert any("5 calib images cannot place" in note for note in found.notes)
    assert {name: one.value for name, one in found.measured().items()} == {"ood/false_reject": 0.0}


def test_it_is_written_and_read_back(measured: OodEvidence) -> None:
    import dataclasses
    import json

    text = json.dumps(dataclasses.asdict(measured), allow_nan=False)
    assert from_record(OodEvidence, json.loads(text)) == measured


def test_logged_names_are_those_of_the_sets(measured: OodEvidence) -> None:
    assert set(measured.measured()) == {"ood/auroc/same", "ood/auroc/far", "ood/auroc/blurred", "ood/false_reject"}


def test_bins_hold_every_picture(measured: OodEvidence) -> None:
    assert measured.histogram is not None
    assert len(measured.histogram.edges) == 41
    for shares in measured.histogram.shares.values():
        assert sum(shares) == pytest.approx(1)
