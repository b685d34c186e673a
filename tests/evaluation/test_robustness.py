import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from assay.augment.corruption import CORRUPTIONS
from assay.config.signature import signature_of
from assay.errors import DataError
from assay.evaluation.record import from_record
from assay.evaluation.robustness import RobustnessEvidence, measure_robustness
from assay.postprocess.calibration import NoCalibration
from assay.postprocess.reject import CoverageRule
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions

N, C = 300, 3


def predictions(logits: np.ndarray, labels: np.ndarray, *, split: str = "test", groups: np.ndarray | None = None):
    ids = np.array([f"{index:04}" for index in range(len(labels))])
    return Predictions(
        ids, ids if groups is None else groups, split, labels, ("a", "b", "c"), logits.astype(np.float32)
    )


def model(noise: float, *, seed: int = 0) -> Predictions:
    """Logits that know the label, less and less as `noise` grows."""
    labels = np.random.default_rng(7).integers(0, C, N)
    logits = 2 * np.eye(C)[labels] + noise * np.random.default_rng(seed).normal(size=(N, C))
    return predictions(logits, labels)


def corrupted() -> dict[tuple[str, int], Predictions]:
    levels = {("jpeg", 1): 0.8, ("jpeg", 2): 0.9, ("noise", 1): 1.5, ("noise", 2): 4.0}
    return {key: model(noise, seed=3) for key, noise in levels.items()}


def macro_f1(those: Predictions) -> float:
    return f1_score(those.labels, those.logits.argmax(axis=1), average="macro")


def test_values_are_those_of_scikit_learn_and_scores_are_their_ratios() -> None:
    clean = model(0.7)
    found = measure_robustness(clean, corrupted(), NoCalibration(), resamples=100)
    for level in found.levels:
        those = corrupted()[level.corruption, level.severity]
        assert level.macro_f1.value == pytest.approx(macro_f1(those))
        assert level.accuracy.value == pytest.approx(accuracy_score(those.labels, those.logits.argmax(axis=1)))
    expected = {
        name: np.mean([macro_f1(corrupted()[name, severity]) for severity in (1, 2)]) for name in ("jpeg", "noise")
    }
    for score in found.scores:
        assert score.macro_f1.value == pytest.approx(expected[score.corruption])
        assert score.relative.value == pytest.approx(expected[score.corruption] / macro_f1(clean))
        assert score.lost.value == pytest.approx(macro_f1(clean) - expected[score.corruption])
    assert found.relative.value == pytest.approx(np.mean(list(expected.values())) / macro_f1(clean))
    assert found.measured() == {
        "robust/jpeg/macro_f1": pytest.approx(expected["jpeg"]),
        "robust/noise/macro_f1": pytest.approx(expected["noise"]),
        "robust/relative": found.relative,
    }


def test_images_that_nothing_changes_lose_exactly_nothing() -> None:
    clean = model(1.0)
    found = measure_robustness(clean, {("jpeg", 1): clean}, NoCalibration(), resamples=50)
    assert (found.relative.value, found.relative.low, found.relative.high) == (1.0, 1.0, 1.0)
    assert (found.scores[0].lost.low, found.scores[0].lost.high) == (0.0, 0.0)


def test_a_paired_interval_is_narrower_than_that_of_either_number() -> None:
    clean = model(1.0)
    slightly = clean.logits + 0.2 * np.random.default_rng(5).normal(size=(N, C))
    found = measure_robustness(
        clean, {("jpeg", 1): predictions(slightly, clean.labels)}, NoCalibration(), resamples=400
    )

    def width(measured):
        return measured.high - measured.low

    assert width(found.scores[0].lost) < 0.7 * width(found.clean.macro_f1)
    assert found.scores[0].lost.low < found.scores[0].lost.value < found.scores[0].lost.high


def test_the_paired_interval_is_that_of_a_bootstrap_by_hand() -> None:
    clean, worse = model(1.0), model(1.5, seed=3)
    found = measure_robustness(clean, {("jpeg", 1): worse}, NoCalibration(), resamples=600)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(400):
        rows = rng.integers(N, size=N)
        values = [
            f1_score(those.labels[rows], those.logits[rows].argmax(axis=1), average="macro") for those in (clean, worse)
        ]
        drawn.append(values[1] / values[0])
    assert (found.relative.low, found.relative.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.012)


def test_the_order_of_the_images_does_not_matter() -> None:
    clean, worse = model(1.0), model(2.0, seed=3)
    order = np.random.default_rng(1).permutation(N)
    shuffled = Predictions(
        worse.ids[order], worse.groups[order], "test", worse.labels[order], worse.class_names, worse.logits[order]
    )
    straight = measure_robustness(clean, {("jpeg", 1): worse}, NoCalibration(), resamples=50)
    assert measure_robustness(clean, {("jpeg", 1): shuffled}, NoCalibration(), resamples=50) == straight
    back = measure_robustness(worse, {("jpeg", 1): clean}, NoCalibration(), resamples=50)
    assert measure_robustness(shuffled, {("jpeg", 1): clean}, NoCalibration(), resamples=50) == back


def test_the_reject_rate_is_that_of_the_runs_rule() -> None:
    clean = model(0.7)
    calib = predictions(clean.logits, clean.labels, split="calib")
    rule = CoverageRule(coverage=0.9).fit(calib, softmax(calib.logits))
    found = measure_robustness(clean, corrupted(), NoCalibration(), reject=rule, resamples=20)
    for level in found.levels:
        confidence = softmax(corrupted()[level.corruption, level.severity].logits).max(axis=1)
        assert level.reject_rate.value == pytest.approx((confidence < rule.threshold_).mean())
    assert found.clean.reject_rate.value == pytest.approx(0.1, abs=0.01)
    assert measure_robustness(clean, corrupted(), NoCalibration(), resamples=20).clean.reject_rate is None


def test_the_note_says_what_hurts_most_and_only_what_is_established() -> None:
    clean = model(0.7)
    found = measure_robustness(clean, corrupted(), NoCalibration(), resamples=200)
    assert found.notes[0].startswith("Noise hurts most: ")
    assert found.notes[0].endswith("significantly less than under any other corruption.")
    twins = {("jpeg", 1): model(2.0, seed=3), ("noise", 1): model(2.0, seed=4)}
    alike = measure_robustness(clean, twins, NoCalibration(), resamples=200)
    assert "not significantly less than under" in alike.notes[0]
    same = {("jpeg", 1): clean, ("noise", 1): model(4.0, seed=4)}
    assert measure_robustness(clean, same, NoCalibration(), resamples=200).notes[1] == (
        "No significant loss under JPEG."
    )


def test_degenerate_predictions_give_a_statement_and_no_nan() -> None:
    labels = np.zeros(4, dtype=int)
    wrong = predictions(np.eye(C)[[1, 1, 1, 1]], labels)
    right = predictions(np.eye(C)[[0, 0, 0, 0]], labels)
    found = measure_robustness(wrong, {("jpeg", 1): right}, NoCalibration(), resamples=20)
    assert found.relative.value is None
    assert "robustness is undefined" in found.notes[0]
    one_unit = predictions(np.eye(C)[[0, 1, 0, 0]], labels, groups=np.array(["g"] * 4))
    found = measure_robustness(one_unit, {("jpeg", 1): one_unit}, NoCalibration())
    assert (found.relative.value, found.relative.low) == (1.0, None)
    infinite = predictions(np.array([[np.inf, 0, 0]] * 4), labels)
    assert measure_robustness(infinite, {("noise", 3): infinite}, NoCalibration(), resamples=20).relative.value == 1.0


def test_other_images_are_refused() -> None:
    clean = model(1.0)
    with pytest.raises(DataError, match="not of the images"):
        measure_robustness(clean, {("jpeg", 1): predictions(clean.logits[1:], clean.labels[1:])}, NoCalibration())
    with pytest.raises(DataError, match="no predictions under corruption"):
        measure_robustness(clean, {}, NoCalibration())


def test_evidence_survives_json() -> None:
    import dataclasses
    import json

    found = measure_robustness(model(0.7), corrupted(), NoCalibration(), resamples=20)
    assert from_record(RobustnessEvidence, json.loads(json.dumps(dataclasses.asdict(found)))) == found


def test_the_config_names_every_corruption_there_is() -> None:
    signature, _ = signature_of("assay.evaluation.settings.RobustnessSettings")
    assert signature["corruptions"].kinds[0].item[0].choices == tuple(CORRUPTIONS)
