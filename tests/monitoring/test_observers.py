"""Parts of a look beside drift: rates at the operating point and accuracy, with the pictures that speak loudest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from assay.monitoring.alert import ESTIMATE, OPERATING_POINT
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.estimate.recalibration import fit_recalibration
from assay.monitoring.estimate.slice_labels import SliceLabels
from assay.monitoring.observers.accuracy import AccuracyObserver
from assay.monitoring.observers.operating import OperatingObserver
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
