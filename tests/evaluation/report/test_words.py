from dataclasses import replace

import numpy as np
import pytest

from assay.evaluation.catalogue import metric
from assay.evaluation.evidence import Band
from assay.evaluation.report.words import calibration_verdict, findings
from assay.measurement import Measurement
from assay.pages.numbers import images, interval, percent, shown


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0%"), (0.003, "<1%"), (0.4, "40%"), (0.995, ">99%"), (0.99, "99%"), (1, "100%")]
)
def test_percent_never_rounds_something_to_nothing_or_to_all(share, said):
    assert percent(share) == said


def test_numbers_are_written_for_people():
    assert shown(None) == percent(None) == "—"
    assert shown(0.12345) == "0.123"
    assert interval(Measurement(0.5, 0.25, 0.75, 10, "")) == "0.250 to 0.750"
    assert interval(Measurement(0.5, None, None, 1, "")) == ""
    assert (images(1), images(2624)) == ("1 image", "2,624 images")


def test_error_above_the_band_is_called_off_and_inside_it_is_not(random_case):
    those = random_case([30, 30]).evidence.calibration.after
    inside = replace(those, ece=Measurement(0.03, 0.01, 0.05, 60, ""), band=Band(0.02, 0.04, 0.06))
    above = replace(inside, ece=Measurement(0.07, 0.01, 0.09, 60, ""))
    assert "miscalibrated" not in calibration_verdict(inside)
    assert "0.020 to 0.060" in calibration_verdict(inside)
    assert "above 0.060" in calibration_verdict(above)
    assert "miscalibrated" in calibration_verdict(above)


def test_model_no_better_than_the_largest_class_is_not_praised(case):
    labels = np.repeat([0, 1], [18, 2])
    blind = case(labels, np.tile([2.0, 0.0], (20, 1)), ("usual", "rare"))
    (first, *_) = findings(blind.evidence)
    assert "not significantly better than the majority-class baseline" in first
    assert "always predicting “usual”, the majority class, gives 90.0%" in first


def test_findings_name_the_most_frequent_mistake_and_the_classes_that_are_open(case):
    labels = np.repeat([0, 1], [60, 12])
    logits = np.eye(2)[labels] * 3
    logits[60:66] = [3, 0]
    said = " ".join(findings(case(labels, logits, ("a", "b")).evidence))
    assert "“b” predicted as “a”, 6 images (50% of its class)" in said
    assert "Recall of “b” (12) is imprecise" in said
    assert "“a” (60)" not in said


def test_gap_is_said_with_its_direction(random_case):
    evidence = random_case([10, 10]).evidence
    assert "0.120 higher on train than on val" in findings(replace(evidence, gap={"macro_f1": 0.12}))[-1]
    assert "0.050 lower on train than on val" in findings(replace(evidence, gap={"macro_f1": -0.05}))[-1]


def test_every_metric_of_the_evidence_has_words_of_its_own(random_case):
    for name in random_case([5, 5, 5], ordered=True).evidence.metrics:
        assert metric(name).meaning, name


def test_metric_that_nobody_described_is_called_by_its_name():
    assert metric("top_5_accuracy").label == "top 5 accuracy"
    assert metric("top_5_accuracy").high is None
