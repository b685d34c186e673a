import pytest

from assay.evaluation.evaluate import evaluate
from assay.evaluation.report import Subject
from assay.evaluation.report.sections.calibration import MOST_CLASSES, SECTION
from assay.postprocess.calibration import Auto, NoCalibration, Temperature
from assay.postprocess.softmax import softmax


def subject_of(those, calibrator):
    evidence = evaluate({"test": those}, calibrator, resamples=40)
    return Subject(evidence, those, softmax(calibrator.transform(those.logits)))


def test_every_number_has_a_band_before_and_after_and_overconfidence_is_outside(simulate):
    calibrator = Temperature().fit(simulate(300, 3, overconfidence=4, split="calib"))
    values = SECTION.values(subject_of(simulate(400, 3, seed=1, overconfidence=4), calibrator))
    assert values["sides"] == ("before", "after")
    labels = [words.label for words, _ in values["numbers"]]
    assert labels[:4] == ["Calibration error (ECE)", "ECE, equal mass", "ECE, debiased", "ECE, class-wise"]
    for _, (before, after) in values["numbers"]:
        assert before[0].value > before[1].high
        assert after[0].value < before[0].value
    assert [name for name, _ in values["reliable_classes"]] == ["class 0", "class 1", "class 2"]


def test_without_calibration_each_number_comes_once(simulate):
    values = SECTION.values(subject_of(simulate(60, 3), NoCalibration()))
    assert values["sides"] == ("as served",)
    assert {len(pairs) for _, pairs in values["numbers"] + values["reliable_classes"]} == {1}


def test_many_classes_show_those_furthest_above_their_band(simulate):
    values = SECTION.values(subject_of(simulate(200, 20, overconfidence=2), NoCalibration()))
    shown = [pairs[0][0].value - pairs[0][1].high for _, pairs in values["reliable_classes"]]
    assert len(shown) == MOST_CLASSES
    assert values["more_classes"] == 5
    assert shown == sorted(shown, reverse=True)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_auto_shows_its_candidates_and_the_title_names_what_it_took(simulate):
    calibrator = Auto(folds=2).fit(simulate(120, 3, overconfidence=3, split="calib"))
    values = SECTION.values(subject_of(simulate(100, 3, seed=1, overconfidence=3), calibrator))
    assert len(values["candidates"]) == 6
    assert values["taken"] == calibrator.taken_.method
    assert f"auto: {calibrator.taken_.method}".replace("_", " ") in values["reliability_after"]
