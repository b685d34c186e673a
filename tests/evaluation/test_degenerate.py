"""Data that leaves numbers undefined: every calibration gives a right answer or says so, and no NaN gets anywhere."""

import numpy as np
import pytest

from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.evaluation.report import Subject, write_report
from assay.postprocess.calibration import CALIBRATORS
from assay.postprocess.conformal import APS, LAC
from assay.postprocess.reject import CoverageRule, RiskRule
from assay.postprocess.softmax import softmax

MANY_CLASSES = [method for method in CALIBRATORS.classes() if not method.startswith("false_alarms")]  # two classes


@pytest.fixture
def cases(simulate, predict):
    """By name: predictions of calib and test."""
    sure = np.where(np.eye(3)[np.arange(60) % 3] > 0, np.inf, -np.inf)
    one_hot = np.eye(3)[np.arange(60) % 3] * 40.0
    labels = (np.arange(60) + (np.arange(60) % 10 == 0)) % 3

    def without_last(those):
        keep = those.labels < 2
        return predict(those.labels[keep], those.logits[keep], split=those.split, ids=those.ids[keep])

    calib, test = simulate(80, 3, split="calib"), simulate(120, 3, seed=1)
    return {
        "a class missing from test": (calib, without_last(test)),
        "a class missing from calib": (without_last(calib), test),
        "all answers one class": tuple(
            predict(those.labels, those.logits + np.array([50.0, 0, 0]), split=those.split) for those in (calib, test)
        ),
        "two classes": (simulate(80, 2, split="calib"), simulate(120, 2, seed=1)),
        "one-hot logits": (predict(labels, one_hot, split="calib"), predict(labels, one_hot)),
        "infinite logits": (predict(labels, sure, split="calib"), predict(labels, sure)),
        "constant logits": (predict(labels, one_hot * 0, split="calib"), predict(labels, one_hot * 0)),
        "five calibration images": (simulate(5, 3, split="calib"), test),
        "one calibration image": (simulate(1, 3, split="calib"), test),
        "one test image": (calib, simulate(1, 3, seed=1)),
        "all right": tuple(predict(those.logits.argmax(1), those.logits, split=those.split) for those in (calib, test)),
        "all wrong": tuple(predict(those.logits.argmin(1), those.logits, split=those.split) for those in (calib, test)),
    }


NAMES = (
    "a class missing from test", "a class missing from calib", "all answers one class", "two classes",
    "one-hot logits", "infinite logits", "constant logits", "five calibration images", "one calibration image",
    "one test image", "all right", "all wrong",
)  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", MANY_CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_each_calibration_gives_evidence_without_nan(name, method, cases, tmp_path):
    calib, test = cases[name]
    calibrator = CALIBRATORS.classes()[method]().fit(calib)
    held_out = softmax(calibrator.transform(calib.logits))
    probabilities = softmax(calibrator.transform(test.logits))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    evidence = evaluate(
        {"calib": calib, "test": test},
        calibrator,
        reject=(CoverageRule() if len(calib) % 2 else RiskRule(risk=0.3)).fit(calib, held_out),
        conformal=[kind().fit(calib) for kind in (LAC, APS)],
        resamples=20,
    )
    evidence.save(tmp_path / "evidence.json")
    assert Evidence.load(tmp_path / "evidence.json") == evidence
    undefined = [metric for metric, measured in evidence.metrics.items() if measured.value is None]
    for metric in undefined:
        assert metric.startswith(("roc_auc", "pr_auc", "quadratic_kappa", "mcc", "nll")), metric
    if undefined:
        assert evidence.notes
    if method == "auto":
        write_report(tmp_path / "report.html", Subject(evidence, test, probabilities), title="a run")
        text = (tmp_path / "report.html").read_text().lower()
        assert ">nan" not in text
        assert ">inf" not in text


def test_too_little_to_learn_from_is_said(cases):
    for method in MANY_CLASSES:
        if method != "none":
            assert CALIBRATORS.classes()[method]().fit(cases["five calibration images"][0]).notes_, method
