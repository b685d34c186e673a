from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from tests.conftest import predictions

from assay.errors import DataError
from assay.evaluation.fixed_thresholds import best_threshold
from assay.evaluation.generator_evidence import GeneratorEvidence
from assay.evaluation.generators import generated_label, measure_generators
from assay.evaluation.record import from_record

NAMES = np.repeat(["", "gan", "vae"], [400, 200, 200])
OF = dict(zip([f"test-{i:06d}" for i in range(800)], NAMES.tolist(), strict=True))


def made(split: str, shifts: tuple[float, float], seed: int):
    rng = np.random.default_rng(seed)
    margins = rng.normal(np.repeat([0.0, *shifts], [400, 200, 200]), 1)
    return predictions((NAMES != "").astype(int), np.stack([-margins / 2, margins / 2], 1), split=split)


def measured(resamples: int = 0, **about):
    calib, test = made("calib", (2.0, 6.0), 0), made("test", (2.0, 6.0), 1)
    found = measure_generators(
        calib, {("", "as they are"): test, ("jpeg", "JPEG"): test}, OF, seen=["vae"], resamples=resamples, **about
    )
    return test, found


def test_each_generator_is_held_against_all_real_images() -> None:
    test, found = measured()
    margins = test.logits[:, 1] - test.logits[:, 0]
    for told, name in zip(found.clean.generators, ("gan", "vae"), strict=True):
        rows = (NAMES == "") | (name == NAMES)
        assert told.n == 200
        assert told.auroc.value == pytest.approx(roc_auc_score(test.labels[rows], margins[rows]))
        for cut, accuracy in zip(found.thresholds, (told.accuracy, told.accuracy_real), strict=True):
            assert accuracy.value == pytest.approx(balanced_accuracy_score(test.labels[rows], margins[rows] > cut))
        real = np.sort(margins[NAMES == ""])
        assert told.tpr.value == pytest.approx((margins[name == NAMES] > real[-5]).mean())  # 4 of 400 lie above it
    assert [told.seen for told in found.clean.generators] == [False, True]
    assert any(note.startswith("Unseen in training: gan") for note in found.notes)
    assert found.measured()["generators/vae/auroc"] == found.clean.generators[1].auroc


def test_intervals_hold_the_value_and_shrink_to_nothing_for_what_is_certain() -> None:
    _, found = measured(resamples=200)
    gan = found.clean.generators[0]
    for one in (gan.auroc, gan.accuracy, gan.accuracy_real, gan.tpr):
        assert one.low < one.value < one.high
    half = 1.96 * np.sqrt(gan.accuracy.value * (1 - gan.accuracy.value) / 300)
    assert (gan.accuracy.high - gan.accuracy.low) / 2 == pytest.approx(half, rel=0.6)


def test_the_threshold_of_real_images_raises_the_false_alarms_that_were_asked_for() -> None:
    _, found = measured(rate=0.1)
    assert found.clean.false_alarms_real.value == pytest.approx(0.1, abs=0.06)


def test_the_best_threshold_is_the_middle_of_the_gap() -> None:
    assert best_threshold(np.array([0.0, 1.0]), np.array([3.0, 4.0])) == 2.0
    assert best_threshold(np.array([0.0, 1.0, 2.0, 9.0]), np.array([3.0, 4.0, 5.0, 6.0])) == 2.5


def test_classes_that_are_not_real_and_generated_are_refused() -> None:
    with pytest.raises(DataError, match="not real and generated"):
        generated_label(np.array([0, 0, 1]), np.array(["", "gan", "gan"]))
    test = made("test", (2.0, 6.0), 1)
    other = {("", "a"): test, ("jpeg", "b"): replace(test, ids=test.ids[::-1].copy())}
    with pytest.raises(DataError, match="not of the images"):
        measure_generators(made("calib", (2.0, 6.0), 0), other, OF, seen=[])


def test_it_is_written_and_read_back() -> None:
    import dataclasses
    import json

    _, found = measured()
    assert from_record(GeneratorEvidence, json.loads(json.dumps(dataclasses.asdict(found)))) == found
