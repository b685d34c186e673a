"""Parts of a look beside drift: rates at the operating point and accuracy, with the pictures that speak loudest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from assay.monitoring.alert import ESTIMATE, OPERATING_POINT
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.drift.independent import stretches
from assay.monitoring.estimate.recalibration import fit_recalibration
from assay.monitoring.estimate.slice_labels import SliceLabels
from assay.monitoring.observers.accuracy import AccuracyObserver
from assay.monitoring.observers.operating import LEVEL, OperatingObserver, RateTest, _exceeding
from assay.monitoring.observers.parts import AnswerPart
from assay.monitoring.scene_of import read_scene
from assay.monitoring.take_look import LookPlan, take_look
from assay.store.ids import as_time
from monitoring.conftest import BUNDLE, CLASSES, START

END = START + timedelta(days=7)
BOUNDS = WindowBounds(window="7d", smallest=50)


def scene(log, profile, **labels: object):
    read = read_scene(log, BOUNDS, BUNDLE, profile, at=END)
    return replace(read, labels=SliceLabels(**labels)) if labels else read


def sure(confidence: float):
    def answer(index: int) -> dict[str, object]:
        others = (1 - confidence) / 2
        probabilities = dict.fromkeys(CLASSES, others) | {CLASSES[0]: confidence}
        return {"label": CLASSES[0], "probabilities": probabilities}

    return {"answer": answer, "label": CLASSES[0], "confidence": confidence}


def test_a_reject_rate_far_above_that_of_the_evidence_is_met_with_the_least_sure_pictures_first(log, logged, profile):
    confidences = iter(np.linspace(0.34, 0.6, 120))
    records = [
        logged(log, 8, rejected=lambda index: index % 4 > 0, confidence=lambda index: float(next(confidences)))
        for _ in range(15)
    ]
    seen = OperatingObserver()(scene(log, profile))
    (cause,) = seen.causes
    assert (seen.looked_for, cause.name, cause.kind) == (
        (OPERATING_POINT,),
        "operating_point/rejected",
        OPERATING_POINT,
    )
    rates = seen.report["rates"]["rejected"]
    assert rates["rate"] == 0.75
    assert rates["reference"] == pytest.approx(profile.only("test").rejected.mean())
    assert rates["bound"] == pytest.approx(2 * rates["reference"] + 0.05)
    rejected = [each for part in records for each in part if each.rejected]
    assert [each.prediction for each in cause.answers] == [
        each.id for each in sorted(rejected, key=lambda each: each.confidence)
    ]
    assert cause.next_step.count == 50


def test_usual_rates_are_no_cause_and_too_few_answers_are_looked_at_by_nobody(log, logged, profile):
    for _ in range(5):
        logged(log, 6)
    few = OperatingObserver()(scene(log, profile))
    assert (few.looked_for, few.report) == ((), {"missing": "answers", "n": 30})
    for _ in range(6):
        logged(log, 10, rejected=lambda index: index % 5 == 0)
    usual = OperatingObserver()(scene(log, profile))
    assert (usual.causes, usual.report["n"], usual.report["in_domain"]) == ((), 90, 1.0)


def test_one_key_whose_pictures_are_rejected_is_named_where_those_of_all_are_not_too_often(log, logged, profile):
    loud = logged(log, 240, hours=0.5, rejected=lambda index: index % 10 > 0)
    for _ in range(30):
        logged(log, 8)
    logged(log, 60, rejected=lambda index: index % 5 == 0)
    seen = OperatingObserver()(scene(log, profile))
    (cause,) = seen.causes
    assert seen.report["rates"]["rejected"]["rate"] == pytest.approx((216 + 12) / 540)
    assert cause.sentence.startswith("90.0% of the answers to client ")
    assert (cause.values["whose"], len(cause.answers)) == ("key", 200)
    assert {each.prediction for each in cause.answers} <= {each.id for each in loud}
    assert loud[0].key not in cause.name + str(cause.values) + str(seen.report)
    assert [part["high"] for part in seen.report["parts"]] in ([["rejected"], []], [[], ["rejected"]])


def test_an_arm_that_rejects_is_named(log, logged, profile):
    for _ in range(15):
        logged(log, 5, arm="challenger", rejected=True)
        logged(log, 20)
    (cause,) = OperatingObserver()(scene(log, profile)).causes
    assert (cause.name, cause.values["whose"]) == ("operating_point/rejected/arm/challenger", "arm")
    assert "100.0% of the answers of arm challenger are rejected" in cause.sentence


def test_forty_keys_at_the_bound_cry_wolf_no_more_often_than_one_would():
    """Of 300 looks at keys whose true rate is the bound itself, by independent pictures; the level is .025."""
    rng, looks, keys, each = np.random.default_rng(1), 300, 40, 100
    block = np.repeat(np.arange(keys), each)
    times = np.datetime64("2026-03-02T00:00", "ms") + np.arange(keys * each) * np.timedelta64(1, "m")
    own = np.zeros(keys * each, dtype=np.int32)
    for key in range(keys):
        own[block == key] = stretches(block[block == key], times[block == key])
    everybody = [AnswerPart("key", f"client {key}", block == key, own) for key in range(keys)]
    rows = [np.flatnonzero(part.rows) for part in everybody]
    alone = together = 0
    for _ in range(looks):
        hits = rng.random(keys * each) < 0.3
        tests = [RateTest("rejected", *both, hits, None, 0.3) for both in zip(everybody, rows, strict=True)]
        together += bool(_exceeding(tests))
        alone += any(test.exceeds(LEVEL) for test in tests)
    assert together <= looks * LEVEL + 2 * np.sqrt(looks * LEVEL * (1 - LEVEL))
    assert alone > looks / 3, "one by one, some key is too high in most looks"


def real_or_generated(profile):
    """The profile as of a model that tells real pictures from generated ones, and never accuses a real one."""
    names = ("generated", "real", "opal")
    test = profile.predicted.copy()
    test[(profile.labels == 1) & (test == 0)] = 1
    return replace(profile, about=replace(profile.about, class_names=names), predicted=test)


def test_real_pictures_of_the_random_slice_that_were_accused_are_an_alert(log, logged, profile):
    def said(label: str) -> dict[str, object]:
        probabilities = {name: 0.9 if name == label else 0.05 for name in ("generated", "real", "opal")}
        return {"label": label, "answer": {"label": label, "probabilities": probabilities}}

    wrong, right = said("generated"), said("real")
    accused = [each for _ in range(12) for each in logged(log, 4, **wrong)]
    real = [each for _ in range(12) for each in logged(log, 4, **right)]
    profile = real_or_generated(profile)
    labels = {each.id: "real" for each in (*accused[:12], *real[:28])}
    labels |= {each.id: "generated" for each in accused[12:40]}
    seen = OperatingObserver()(scene(log, profile, labels=labels))
    rates = seen.report["rates"]["accused"]
    assert (rates["rate"], rates["n"], rates["reference"]) == (0.3, 40, 0.0)
    (cause,) = seen.causes
    assert (cause.name, cause.finding) == ("operating_point/accused", "operating.accused")
    assert "30.0% of the reviewed real pictures among the answers were called generated" in cause.sentence
    assert {each.prediction for each in cause.answers[:12]} == {each.id for each in accused[:12]}
    few = dict(list(labels.items())[:19])
    assert "accused" not in OperatingObserver()(scene(log, profile, labels=few)).report["rates"]


def test_without_a_reference_a_bound_of_ones_own_is_held(log, logged):
    logged(log, 60, rejected=lambda index: index % 2 == 0)
    assert OperatingObserver()(scene(log, None)).looked_for == ()
    (cause,) = OperatingObserver(reject_above=0.3)(scene(log, None)).causes
    assert cause.values["bound"] == 0.3


def test_accuracy_that_is_surely_below_the_measured_one_is_met_and_a_sure_model_is_not(log, logged, profile):
    for _ in range(12):
        logged(log, 10, **sure(0.5))
    seen = AccuracyObserver()(scene(log, profile))
    (cause,) = seen.causes
    fitted = profile.labels == profile.predicted
    recalibrated = fit_recalibration(profile.confidence, fitted, profile.block)
    sure_half, chosen = np.array([[0.5, 0.25, 0.25]]), np.array([0])
    measured = float(np.mean(profile.only("test").labels == profile.only("test").predicted))
    assert seen.looked_for == (ESTIMATE,)
    assert seen.report["bound"] == pytest.approx(measured - 0.05)
    assert seen.report["accuracy"]["value"] == pytest.approx(recalibrated.applied(sure_half, chosen)[0, 0])
    assert (cause.name, cause.next_step.count, len(cause.answers)) == ("estimate/accuracy", 50, 120)
    assert AccuracyObserver(below=0.3)(scene(log, profile)).causes == ()


def test_labels_of_the_random_slice_are_believed_where_confidence_is_not(log, logged, profile):
    records = [each for _ in range(12) for each in logged(log, 10, **sure(0.99))]
    kept = frozenset(each.id for each in records)
    assert AccuracyObserver()(scene(log, profile)).causes == ()
    labels = {each.id: CLASSES[index % 3] for index, each in enumerate(records) if index % 2}
    seen = AccuracyObserver()(scene(log, profile, labels=labels, kept=kept))
    assert [each["method"] for each in seen.report["all"]] == ["confidence-based", "prediction-powered"]
    share = np.mean([label == CLASSES[0] for label in labels.values()])
    assert seen.report["accuracy"]["value"] == pytest.approx(share, abs=0.02)
    assert seen.causes[0].values["labels"] == 60


def test_a_look_at_a_log_writes_what_was_seen_and_opens_alerts_that_end_when_it_is_usual_again(log, logged, profile):
    for _ in range(12):
        logged(log, 10, rejected=True)
    plan = LookPlan(
        3600,
        lambda at: read_scene(log, BOUNDS, BUNDLE, profile, at=at),
        (OperatingObserver(), AccuracyObserver(below=0.01)),
        model=lambda bundle: ("cells", "3"),
    )
    taken = take_look(log, plan, at=END)
    (alert,) = taken.calling
    assert (alert.cause, alert.model, alert.version, alert.bundle) == ("operating_point/rejected", "cells", "3", BUNDLE)
    assert (taken.look.pictures, taken.look.since) == (120, as_time(START))
    assert set(taken.look.report) == {"operating_point", "estimate"}
    later = START + timedelta(days=20)
    for _ in range(10):
        logged(log, 10, time=lambda index: as_time(later - timedelta(hours=index)))
    assert [len(take_look(log, plan, at=later + timedelta(hours=n)).standing) for n in (1, 2)] == [1, 0]
