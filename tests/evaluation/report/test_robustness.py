from dataclasses import replace

import numpy as np
import pytest

from assay.evaluation.report import write_figures
from assay.evaluation.report.robustness import lines, robustness_charts
from assay.evaluation.report.sections.robustness import SECTION
from assay.evaluation.report.subject import Subject
from assay.evaluation.robustness import measure_robustness
from assay.postprocess.calibration import NoCalibration
from assay.postprocess.reject import CoverageRule
from assay.postprocess.softmax import softmax

NAMES = ("jpeg", "gaussian_blur", "motion_blur", "noise", "brightness", "contrast", "occlusion", "resize", "rotation")


@pytest.fixture
def subject(case):
    """A run of which each corruption leaves less and less."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    built = case(labels, 3 * np.eye(3)[labels] + rng.normal(size=(200, 3)))
    those = built.predictions
    rule = CoverageRule().fit(replace(those, split="calib"), softmax(those.logits))
    corrupted = {
        (name, severity): replace(
            those, logits=(those.logits + 0.3 * index * severity * rng.normal(size=(200, 3))).astype(np.float32)
        )
        for index, name in enumerate(NAMES)
        for severity in (1, 2, 3)
    }
    found = measure_robustness(those, corrupted, NoCalibration(), reject=rule, resamples=30)
    return Subject(replace(built.evidence, robustness=found), those, built.probabilities)


def test_every_corruption_has_a_chart_with_all_lines_and_a_row_with_its_score(subject, page_of) -> None:
    found = subject.evidence.robustness
    assert [name for name, _ in lines(found)] == ["Macro-F1", "Rejected", "ECE"]
    charts = robustness_charts(found)
    assert len(charts) == 9
    assert all(len({mark.color for mark in chart.marks if hasattr(mark, "radius")}) == 3 for chart in charts)
    text = page_of(subject).text
    for name in ("JPEG", "Gaussian blur", "Motion blur", "Rotation"):
        assert name in text
    assert "Robustness to corruption" in text
    assert f"{found.relative.value:.3f}" in text
    for note in found.notes:
        assert note in text


def test_marks_stay_inside_their_canvas(subject, tmp_path) -> None:
    for chart in SECTION.figures(subject)["robustness"].marks:
        for x, y in getattr(chart, "points", ()):
            assert -1 <= x <= 5 * 214 + 4 * 24 + 1
            assert -1 <= y <= 2 * 190 + 24 + 1
    assert any(path.name == "robustness.png" for path in write_figures(tmp_path, subject))


def test_a_run_without_robustness_has_no_such_section(subject, page_of) -> None:
    plain = replace(subject, evidence=replace(subject.evidence, robustness=None))
    assert "Under corruption" not in page_of(plain).text
    assert SECTION.figures(plain) == {}


def test_no_interval_no_rule_and_one_severity_still_make_a_page(case, page_of) -> None:
    built = case(np.array([0, 1, 1]), np.eye(3)[[0, 1, 2]])
    found = measure_robustness(built.predictions, {("noise", 2): built.predictions}, NoCalibration(), resamples=0)
    subject = Subject(replace(built.evidence, robustness=found), built.predictions, built.probabilities)
    assert [name for name, _ in lines(found)] == ["Macro-F1", "ECE"]
    assert "Noise" in page_of(subject).text
