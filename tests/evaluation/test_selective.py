from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from assay.evaluation.conformal import measure_conformal
from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.evaluation.measure import Units
from assay.evaluation.metrics import Sample
from assay.evaluation.report.sections.reject import rule_in_words
from assay.postprocess.calibration import Isotonic, NoCalibration
from assay.postprocess.conformal import APS, LAC
from assay.postprocess.reject import CoverageRule, NoReject, RiskRule
from assay.postprocess.softmax import softmax


@pytest.fixture
def measured(simulate):
    def measured(rule, *, n=400, classes=3, level=0.9, held_out=200):
        calib, test = simulate(held_out, classes, split="calib"), simulate(n, classes, seed=4)
        held_out_probabilities = softmax(calib.logits)
        return test, evaluate(
            {"test": test},
            NoCalibration(),
            reject=rule.fit(calib, held_out_probabilities),
            conformal=[kind(level=level).fit(calib) for kind in (LAC, APS)],
            resamples=0,
        )

    return measured


def test_what_a_rule_does_is_counted_image_by_image(measured):
    test, evidence = measured(CoverageRule(coverage=0.7))
    probabilities = softmax(test.logits)
    given = probabilities.max(axis=1) >= evidence.reject.threshold
    wrong = probabilities.argmax(axis=1) != test.labels
    for found, hits, n in (
        (evidence.reject.coverage, given.sum(), 400),
        (evidence.reject.risk, (given & wrong).sum(), given.sum()),
        (evidence.reject.withheld_risk, (~given & wrong).sum(), (~given).sum()),
    ):
        interval = binomtest(int(hits), int(n)).proportion_ci(method="wilson")
        assert (found.value, found.low, found.high) == pytest.approx((hits / n, interval.low, interval.high))
        assert found.n == n
    assert evidence.flat()["reject/coverage"] == pytest.approx(given.mean())


def test_a_rule_that_withholds_all_has_no_risk_and_says_why(measured):
    _, evidence = measured(RiskRule(risk=0.0005))
    assert evidence.reject.threshold is None
    assert (evidence.reject.coverage.value, evidence.reject.risk.value) == (0, None)
    assert "reject/risk" not in evidence.flat()
    assert any("are missing" in note for note in evidence.notes)
    assert "at most 0.05%" in rule_in_words(evidence.reject)
    assert "No threshold can guarantee that" in rule_in_words(evidence.reject)


def test_sets_are_counted_class_by_class(measured):
    test, evidence = measured(NoReject(), classes=4)
    for sets, kind in zip(evidence.conformal, (LAC, APS), strict=True):
        rule = kind()
        rule.limit_ = sets.limit
        held = rule.sets(softmax(test.logits))
        right = held[np.arange(len(test)), test.labels]
        assert sets.coverage.value == pytest.approx(right.mean())
        assert [measured.value for measured in sets.per_class] == pytest.approx(
            [right[test.labels == k].mean() for k in range(4)]
        )
        assert sum(sets.sizes) == 400
        assert sets.mean_size == pytest.approx(held.sum(axis=1).mean())


def test_sets_keep_their_promise_beside_a_calibrator_that_has_learned_the_held_out_images_by_heart(simulate):
    """Eight classes and 60 images: a map per class fits these images, and sets made from it would hold too little."""
    promised, from_calibrated = [], []
    for seed in range(12):
        calib = simulate(60, 8, split="calib", seed=seed)
        test = simulate(400, 8, seed=100 + seed)
        calibrator = Isotonic().fit(calib)
        evidence = evaluate({"test": test}, calibrator, conformal=[LAC(level=0.8).fit(calib)], resamples=0)
        promised.append(evidence.conformal[0].coverage.value)
        seen = replace(calib, logits=calibrator.transform(calib.logits))
        new = softmax(calibrator.transform(test.logits))
        from_calibrated.append(LAC(level=0.8).fit(seen).sets(new)[np.arange(400), test.labels].mean())
    assert np.mean(promised) == pytest.approx(0.8, abs=0.03)
    assert np.mean(from_calibrated) < 0.77


def test_a_guaranteed_risk_is_judged_by_confidence_before_calibration(simulate):
    calib, test = simulate(300, 3, split="calib"), simulate(300, 3, seed=1)
    calibrator = Isotonic().fit(calib)
    rule = RiskRule(risk=0.3).fit(calib, softmax(calibrator.transform(calib.logits)))
    evidence = evaluate({"test": test}, calibrator, reject=rule, resamples=0)
    given = softmax(test.logits).max(axis=1) >= rule.threshold_
    assert evidence.reject.coverage.value == pytest.approx(given.mean())


def test_coverage_lies_where_chance_says_in_about_95_of_100_runs(simulate):
    inside = 0
    for seed in range(200):
        calib, test = simulate(100, 4, split="calib", seed=seed), simulate(150, 4, seed=1000 + seed)
        sample = Sample.from_logits(test.labels, test.logits)
        found = measure_conformal(LAC(level=0.8).fit(calib), sample, Units.of(test.groups))
        low, high = found.by_chance
        inside += low <= found.coverage.value <= high
    assert binomtest(inside, 200, 0.95).pvalue > 0.001


def test_groups_make_intervals_wider(simulate):
    calib, test = simulate(200, 3, split="calib"), simulate(400, 3, seed=4)
    grouped = simulate(400, 3, seed=4, groups=np.repeat(np.arange(100), 4).astype(str))
    rule = CoverageRule().fit(calib, softmax(calib.logits))
    single, shared = (
        evaluate({"test": those}, NoCalibration(), reject=rule, resamples=0).reject.coverage
        for those in (test, grouped)
    )
    assert single.value == shared.value
    assert shared.high - shared.low > 1.5 * (single.high - single.low)


def test_evidence_with_sections_is_read_back(measured, tmp_path):
    _, evidence = measured(CoverageRule(), level=0.95, held_out=10)
    assert evidence.conformal[0].limit is None
    evidence.save(tmp_path / "evidence.json")
    assert Evidence.load(tmp_path / "evidence.json") == evidence
