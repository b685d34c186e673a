"""What holds for all of them: held-out splits only, states that survive JSON, an answer to any data."""

import json

import numpy as np
import pytest

from assay.errors import DataError
from assay.postprocess.calibration import CALIBRATORS, calibrator_from_state
from assay.postprocess.softmax import softmax

INF = np.inf
FITTED = [method for name, method in CALIBRATORS.classes().items() if name != "none"]


def cases(predict, simulate):
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    mistaken = np.where(np.arange(60) < 6, (labels + 1) % 3, labels)
    random = rng.normal(size=(60, 3))
    with_infinite = random.copy()
    with_infinite[:5, 0], with_infinite[5:9, 1], with_infinite[9] = INF, -INF, -INF
    return {
        "five images": simulate(5, 3, split="calib"),
        "one image": simulate(1, 3, split="calib"),
        "five images that are all right": predict(range(5), 4 * np.eye(5), split="calib"),
        "one class only": predict(np.zeros(60), random, split="calib"),
        "a class missing": predict(labels % 2, random, split="calib"),
        "one-hot logits, all right": predict(labels, np.eye(3)[labels], split="calib"),
        "one-hot logits": predict(labels, np.eye(3)[mistaken], split="calib"),
        "infinite one-hot logits": predict(labels, np.where(np.eye(3)[mistaken] > 0, INF, -INF), split="calib"),
        "every truth ruled out": predict(labels, np.where(np.eye(3)[labels] > 0, -INF, 0.0), split="calib"),
        "some infinite logits": predict(labels, with_infinite, split="calib"),
        "constant logits": predict(labels, np.full((60, 3), 2.0), split="calib"),
        "enormous logits": predict(labels, 1e30 * random, split="calib"),
        "two classes": simulate(60, 2, split="calib"),
        "two classes, all right": predict(labels % 2, 3 * np.eye(2)[labels % 2], split="calib"),
        "one group": simulate(30, 3, groups=["same"] * 30, split="calib"),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("method", CALIBRATORS.classes().values())
def test_any_data_gives_probabilities_and_a_state_that_gives_them_again(predict, simulate, method):
    for name, those in cases(predict, simulate).items():
        classes = len(those.class_names)
        if method.method.startswith("false_alarms") and classes != 2:
            continue  # refused, as its own test says
        new = np.vstack(
            [
                those.logits,
                np.zeros((1, classes)),
                np.eye(classes) * 1e30,
                np.where(np.eye(classes) > 0, INF, 0),
                np.full((1, classes), -INF),
            ]
        )
        found = method().fit(those)
        probabilities = softmax(found.transform(new))
        assert np.isfinite(probabilities).all(), name
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, err_msg=name)
        again = calibrator_from_state(json.loads(json.dumps(found.state(), allow_nan=False)))
        np.testing.assert_array_equal(again.transform(new), found.transform(new), err_msg=name)
        assert again.notes_ == found.notes_
        if method.method != "none" and len(those) < 50:
            assert found.notes_, name


@pytest.mark.parametrize("method", [CALIBRATORS.named("temperature"), CALIBRATORS.named("temperature_smoothed")])
def test_temperatures_keep_the_order_of_the_classes(simulate, method):
    those = simulate(200, 6, overconfidence=3, split="calib")
    calibrated = method().fit(those).transform(those.logits)
    np.testing.assert_array_equal(calibrated.argsort(axis=1), those.logits.argsort(axis=1))


@pytest.mark.parametrize("method", FITTED)
@pytest.mark.parametrize("split", ["test", "train", "ood"])
def test_every_split_that_is_not_held_out_for_it_is_refused(simulate, method, split):
    with pytest.raises(DataError, match=f"calibration={method.method} may not be fitted on the split '{split}'"):
        method().fit(simulate(200, 3, split=split))


@pytest.mark.parametrize("method", FITTED)
def test_an_empty_split_is_refused_and_an_unfitted_one_answers_nothing(simulate, method):
    with pytest.raises(DataError, match="calibration=none"):
        method().fit(simulate(0, 3, split="calib"))
    with pytest.raises(DataError, match="never fitted"):
        method().transform(np.zeros((1, 3)))
    with pytest.raises(DataError, match="never fitted"):
        method().state()


@pytest.mark.parametrize("method", [method for method in FITTED if not method.method.startswith("false_alarms")])
def test_an_overconfident_model_is_calibrated_on_images_it_was_not_fitted_on(simulate, method):
    calib = simulate(3_000, 3, overconfidence=2.5, split="calib")
    test = simulate(3_000, 3, seed=1, overconfidence=2.5)
    rows = np.arange(len(test))
    before, after = (
        -np.log(softmax(logits)[rows, test.labels]).mean()
        for logits in (test.logits, method().fit(calib).transform(test.logits))
    )
    best = -np.log(softmax(test.logits / 2.5)[rows, test.labels]).mean()
    assert after < best + 0.1 * (before - best)
