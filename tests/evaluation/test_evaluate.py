import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.errors import DataError
from assay.evaluation.cost import Cost
from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.measurement import Measurement
from assay.postprocess.calibration import NoCalibration, Temperature
from assay.predictions import Predictions

pytestmark = pytest.mark.filterwarnings("error")


def run_of(simulate, *, n=300, classes=3, **about):
    splits = {"train": n, "val": n // 2, "calib": n // 2, "test": n}
    return {
        split: simulate(size, classes, seed=seed, overconfidence=2, split=split, **about)
        for seed, (split, size) in enumerate(splits.items())
    }


def one(those):
    return evaluate({"test": those}, NoCalibration(), resamples=60)


def assert_complete(evidence, path):
    """Nothing is NaN, what is undefined is said, and the file gives the same value back."""
    evidence.save(path)
    text = path.read_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert Evidence.load(path) == evidence
    assert all(math.isfinite(value) for value in evidence.flat().values())
    for name, measured in evidence.metrics.items():
        if measured.value is None:
            words = {"roc_auc": "ROC-AUC", "pr_auc": "PR-AUC", "quadratic_kappa": "quadratic kappa"}
            said = words.get(name, "NLL")
            assert any(said in note for note in evidence.notes), name


@pytest.fixture
def file(tmp_path):
    return tmp_path / "evidence.json"


def test_a_whole_run_becomes_evidence_with_every_number_and_its_interval(simulate, file):
    predictions = run_of(simulate, ordered=True)
    calibrator = Temperature().fit(predictions["calib"])
    cost = Cost.from_times(1_000, 0.004, [5.0] * 80)
    evidence = evaluate(predictions, calibrator, resamples=100, cost=cost, environment={"python": "3.11"})
    assert_complete(evidence, file)
    assert all(m.low <= m.value <= m.high for m in evidence.metrics.values())
    assert set(evidence.flat()) == {
        *(f"test/{name}" for name in ("accuracy", "balanced_accuracy", "macro_f1", "mcc", "quadratic_kappa")),
        *(f"test/{name}" for name in ("roc_auc", "pr_auc", "nll", "nll_uncalibrated", "brier", "brier_reliability")),
        *(f"test/{name}" for name in ("ece", "ece_uncalibrated", "ece_debiased", "ece_classwise", "aurc", "augrc")),
        "gap/macro_f1",
        *(f"cost/{name}" for name in ("parameters", "size_mb", "latency_p50_ms", "latency_p95_ms")),
    }
    assert evidence.calibration.temperature == pytest.approx(2, rel=0.3)
    assert evidence.metrics["ece"].value < evidence.metrics["ece_uncalibrated"].value
    assert evidence.calibration.before.ece == evidence.metrics["ece_uncalibrated"]
    assert evidence.calibration.after.band.holds(evidence.metrics["ece"].value)
    assert evidence.notes == ()
    assert evidence.confusion.sum() == 300
    assert [row.support for row in evidence.per_class] == evidence.confusion.sum(axis=1).tolist()
    expected = evidence.other_splits["train"]["macro_f1"] - evidence.other_splits["val"]["macro_f1"]
    assert evidence.gap["macro_f1"] == expected


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_the_images_changes_no_number(random, grouped):
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(60, 3)).astype(np.float32), rng.integers(3, size=60)
    groups = np.array([f"g{i // 3}" for i in range(60)]) if grouped else np.array([f"g{i}" for i in range(60)])
    ids = np.array([f"{i * 7919 % 60:02d}" for i in range(60)])
    those = Predictions(ids, groups, "test", labels, ("a", "b", "c"), logits)
    order = list(range(60))
    random.shuffle(order)
    shuffled = replace(those, ids=ids[order], groups=groups[order], labels=labels[order], logits=those.logits[order])
    assert one(shuffled) == one(those)


def test_the_same_seed_gives_the_same_evidence_and_another_seed_other_intervals(simulate):
    those = {"test": simulate(100, 3)}
    first, again = (evaluate(those, NoCalibration(), resamples=60, seed=5) for _ in range(2))
    other = evaluate(those, NoCalibration(), resamples=60, seed=6)
    assert first == again
    assert first.metrics["mcc"].value == other.metrics["mcc"].value
    assert first.metrics["mcc"] != other.metrics["mcc"]


def test_a_class_missing_from_test_is_left_out_and_said(simulate, predict, file):
    those = simulate(300, 4)
    kept = those.labels != 1
    evidence = one(predict(those.labels[kept], those.logits[kept], ordered=True))
    assert_complete(evidence, file)
    missing = evidence.per_class[1]
    assert (missing.support, missing.recall.value, missing.f1.value) == (0, None, None)
    assert missing.precision.value == 0
    assert any("Class 'class 1' has no test images" in note and "other 3" in note for note in evidence.notes)


def test_all_predictions_one_class(predict, file):
    labels = np.arange(90) % 3
    evidence = one(predict(labels, np.tile([2.0, 1.0, 0.0], (90, 1)), ordered=True))
    assert_complete(evidence, file)
    values = {name: measured.value for name, measured in evidence.metrics.items()}
    assert values["accuracy"] == pytest.approx(1 / 3)
    assert values["mcc"] == values["quadratic_kappa"] == 0
    assert values["roc_auc"] == 0.5
    assert values["pr_auc"] == pytest.approx(1 / 3)
    assert any("'class 1', 'class 2' were never predicted" in note for note in evidence.notes)


def test_two_classes_name_the_one_that_the_curves_are_about(simulate, file):
    evidence = one(simulate(100, 2))
    assert_complete(evidence, file)
    assert "ROC-AUC and PR-AUC are those of the class 'class 1'." in evidence.notes


def test_only_one_class_in_test_leaves_the_ranking_undefined(predict, file):
    evidence = one(predict([1] * 40, np.tile([0.0, 3.0], (40, 1)), ordered=True))
    assert_complete(evidence, file)
    assert evidence.metrics["roc_auc"].value is None
    assert evidence.metrics["quadratic_kappa"].value is None
    assert any("All 40 test images are right" in note and "at least 0.91" in note for note in evidence.notes)


def test_infinite_logits_give_right_answers_and_an_unstated_likelihood(predict, file):
    labels = np.arange(60) % 3
    said = np.where(np.arange(60) < 6, (labels + 1) % 3, labels)
    logits = np.where(np.eye(3)[said] > 0, np.inf, 0.0)
    evidence = one(predict(labels, logits))
    assert_complete(evidence, file)
    assert evidence.metrics["nll"].value is None
    assert evidence.metrics["brier"].value == pytest.approx(0.2)
    assert evidence.metrics["ece"].value == pytest.approx(0.1)
    assert any("6 test images give their true class probability zero" in note for note in evidence.notes)


def test_one_hot_logits_are_finite_everywhere(predict, file):
    labels = np.arange(60) % 3
    evidence = one(predict(labels, np.eye(3)[labels]))
    assert_complete(evidence, file)
    assert evidence.metrics["roc_auc"].value == 1


def test_one_image_has_values_but_no_intervals(simulate, file):
    evidence = one(simulate(1, 3))
    assert_complete(evidence, file)
    assert evidence.metrics["accuracy"].low is None
    assert evidence.metrics["accuracy"].method == "no interval: one image"
    assert any("one test image" in note for note in evidence.notes)


def test_one_group_has_values_but_no_intervals(simulate, file):
    evidence = one(simulate(50, 3, groups=["same"] * 50))
    assert_complete(evidence, file)
    assert evidence.metrics["accuracy"].low is None


def test_five_calibration_images_leave_their_warning_in_the_evidence(simulate, file):
    predictions = {"calib": simulate(5, 3, split="calib"), "test": simulate(100, 3, seed=1)}
    evidence = evaluate(predictions, Temperature().fit(predictions["calib"]), resamples=60)
    assert_complete(evidence, file)
    assert any("learned from only 5 images" in note for note in evidence.notes)


def test_a_class_with_few_images_is_called_not_established_and_gets_a_wide_recall(simulate, predict, file):
    those = simulate(200, 3)
    kept = np.flatnonzero(those.labels != 2).tolist() + np.flatnonzero(those.labels == 2)[:3].tolist()
    evidence = one(predict(those.labels[kept], those.logits[kept]))
    assert_complete(evidence, file)
    recall = evidence.per_class[2].recall
    assert (recall.n, recall.method) == (3, "Wilson over images")
    assert recall.high - recall.low > 0.5
    few = "Class 'class 2' has 3 test images: too few for reliable precision, recall and F1."
    assert few in evidence.notes


def test_too_many_scores_give_ranking_metrics_without_intervals_and_say_so(simulate, monkeypatch, file):
    monkeypatch.setattr("assay.evaluation.metrics.ranking.MOST_SCORES", 299)
    evidence = one(simulate(100, 3))
    assert_complete(evidence, file)
    assert evidence.metrics["roc_auc"].low is None
    assert evidence.metrics["macro_f1"].low is not None
    assert "There is no interval for roc_auc, pr_auc: not resampled." in evidence.notes


def test_a_rare_class_that_most_resamples_miss_leaves_no_silent_interval(predict, file):
    labels = np.zeros(40, dtype=int)
    labels[0] = 1
    logits = np.random.default_rng(0).normal(size=(40, 2))
    evidence = one(predict(labels, logits))
    assert_complete(evidence, file)
    assert any("of the resamples leave roc_auc undefined" in note for note in evidence.notes)


def test_images_that_are_also_in_another_split_are_said(simulate):
    test, val = simulate(50, 3), simulate(50, 3, split="val")
    leaked = replace(val, ids=np.concatenate([test.ids[:4], val.ids[4:]]))
    evidence = evaluate({"test": test, "val": leaked}, NoCalibration(), resamples=20)
    assert any("4 of the 50 test images are also in val" in note for note in evidence.notes)


def test_splits_that_do_not_belong_together_are_refused(simulate):
    with pytest.raises(DataError, match=r"no predictions for the split 'test'; there are: val"):
        evaluate({"val": simulate(9, 3, split="val")}, NoCalibration())
    with pytest.raises(DataError, match="say that they are of the split 'test'"):
        evaluate({"test": simulate(9, 3), "val": simulate(9, 3)}, NoCalibration())
    with pytest.raises(DataError, match="do not have the same classes"):
        evaluate({"test": simulate(9, 3), "val": simulate(9, 4, split="val")}, NoCalibration())


def test_an_unfitted_calibrator_gives_no_evidence(simulate):
    with pytest.raises(DataError, match="never fitted"):
        evaluate({"test": simulate(9, 3)}, Temperature())


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_measurement_that_is_no_number_is_refused(number):
    with pytest.raises(DataError, match="undefined number is None"):
        Measurement(number, None, None, 3, "")


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "cannot be read"), ("[]", "schema none"), ('{"schema_version": 99}', "schema 99"), (None, "cannot be read")],
)
def test_a_file_that_is_no_evidence_is_refused(file, content, said):
    if content is not None:
        file.write_text(content)
    with pytest.raises(DataError, match=said):
        Evidence.load(file)


def test_damaged_evidence_is_refused(simulate, file):
    one(simulate(20, 2)).save(file)
    content = json.loads(file.read_text())
    del content["metrics"]
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match="incomplete or damaged"):
        Evidence.load(file)


@pytest.mark.parametrize(("runs", "known"), [(0, 0), (1, 1), (71, 1), (72, 2), (367, 2), (368, 3)])
def test_percentiles_of_latency_come_only_with_enough_runs(runs, known):
    cost = Cost.from_times(1, 1, np.linspace(1, 2, runs))
    percentiles = (cost.latency_p50_ms, cost.latency_p95_ms, cost.latency_p99_ms)
    assert sum(value is not None for value in percentiles) == known
