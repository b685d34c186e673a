import numpy as np
import pytest

from assay.config.compose import compose
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions
from assay.run.undone_corrections import undone_corrections

LABELS = np.repeat([0, 1], [80, 20])


@pytest.fixture
def predictions() -> Predictions:
    ids = np.array([str(row) for row in range(100)])
    logits = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    logits[np.arange(100), LABELS] += 1
    return Predictions(ids, ids, "test", LABELS, ("many", "few"), logits)


def test_answers_that_go_back_to_frequent_classes_are_said(predictions: Predictions) -> None:
    moved = softmax(predictions.logits + np.array([2.0, 0.0]))
    (note,) = undone_corrections(compose(["loss=balanced_softmax"]), predictions, moved)
    assert note.startswith(
        "Calibration takes back a part of what loss=balanced_softmax did for rare classes: it moves "
    )
    assert "calibration=temperature" in note


def test_nothing_is_said_of_a_temperature_or_where_nothing_was_corrected(predictions: Predictions) -> None:
    assert undone_corrections(compose(["sampler=weighted"]), predictions, softmax(predictions.logits / 3)) == ()
    moved = softmax(predictions.logits + np.array([2.0, 0.0]))
    assert undone_corrections(compose([]), predictions, moved) == ()
