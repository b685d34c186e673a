import dataclasses
import json

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import f1_score, recall_score

from assay.errors import DataError
from assay.evaluation.intervals import difference_interval
from assay.evaluation.memorisation import MARGIN, MemorisationEvidence, measure_memorisation
from assay.evaluation.record import from_record
from assay.predictions import Predictions

NAMES = ("amber", "jade", "onyx")


def predictions(labels, predicted, split: str, names=NAMES) -> Predictions:
    labels = np.asarray(labels)
    ids = np.array([f"{split}-{row}" for row in range(len(labels))])
    logits = 5 * np.eye(len(names), dtype=np.float32)[np.asarray(predicted)]
    return Predictions(ids, ids, split, labels, names, logits)


def gapped(seed: int = 0, small: int = 40) -> tuple[Predictions, Predictions]:
    """A class that is found in train and in val, one in train alone, and one in neither."""
    rng = np.random.default_rng(seed)
    train, val = np.repeat([0, 1, 2], [200, 40, 60]), np.repeat([0, 1, 2], [60, small, 20])
    said = [
        np.where(rng.random(len(labels)) < rate[labels], labels, (labels + 1) % 3)
        for labels, rate in zip((train, val), (np.array([0.95, 1.0, 0.3]), np.array([0.95, 0.4, 0.3])), strict=True)
    ]
    return predictions(train, said[0], "train"), predictions(val, said[1], "val")


def measured(train: Predictions, val: Predictions, **keys) -> MemorisationEvidence:
    return measure_memorisation(train, val, np.ones(len(train), int) * 10, 10, resamples=200, **keys)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe (1998), table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_that_of_newcombe(counts, low, high) -> None:
    assert difference_interval(*counts) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second"), [((0.95, 40), (0.6, 12)), ((1.0, 15), (0.5, 10)), ((0.7, 300), (0.7, 25))]
)
def test_the_interval_holds_the_true_difference_about_as_often_as_it_says(first, second) -> None:
    (p, n), (q, m) = first, second
    coverage = 0.0
    for hits in range(n + 1):
        for others in range(m + 1):
            chance = binom.pmf(hits, n, p) * binom.pmf(others, m, q)
            if chance > 1e-9:
                low, high = difference_interval(hits, n, others, m)
                coverage += chance * (low <= p - q <= high)
    assert 0.92 <= coverage <= 1


def test_no_trials_have_no_interval() -> None:
    with pytest.raises(ValueError, match="both shares need trials"):
        difference_interval(1, 2, 0, 0)


def test_recall_and_f1_are_those_of_scikit_learn_and_gaps_their_differences() -> None:
    train, val = gapped()
    found = measured(train, val).classes
    for name, score in (("recall", recall_score), ("f1", f1_score)):
        each = [score(split.labels, split.logits.argmax(1), average=None) for split in (train, val)]
        for row, first, second in zip(found, *each, strict=True):
            gap = getattr(row, f"{name}_gap")
            assert gap.value == pytest.approx(first - second)
            assert gap.low < gap.value < gap.high
    assert [row.train_recall.value for row in found] == pytest.approx(
        recall_score(train.labels, train.logits.argmax(1), average=None)
    )


def test_a_class_is_memorised_when_its_whole_gap_is_above_the_margin() -> None:
    evidence = measured(*gapped())
    assert [row.memorised for row in evidence.classes] == [False, True, False]
    assert evidence.classes[1].recall_gap.low > MARGIN
    (note,) = evidence.notes
    assert note.startswith("jade is partly memorised (learned by heart): recall is 100% on its 40 training images and ")
    assert "times per epoch" not in note


def test_too_few_val_images_leave_it_open() -> None:
    train = predictions([0] * 50 + [1] * 50, [0] * 50 + [1] * 50, "train", NAMES[:2])
    val = predictions([0] * 50 + [1] * 4, [0] * 50 + [1, 1, 1, 0], "val", NAMES[:2])
    evidence = measured(train, val)
    assert [row.memorised for row in evidence.classes] == [False, False]
    (note,) = evidence.notes
    assert note.startswith("Memorisation of jade is inconclusive")


def test_draws_are_counted_per_image_and_epoch() -> None:
    train, val = gapped()
    draws = np.full(300, 20)
    draws[200:240] = np.arange(40) + 100
    evidence = measure_memorisation(train, val, draws, 20, resamples=0)
    assert [row.draws_mean for row in evidence.classes] == pytest.approx([1, 119.5 / 20, 1])
    assert (evidence.classes[1].draws_min, evidence.classes[1].draws_max) == pytest.approx((5, 139 / 20))
    assert evidence.measured()["memorisation/most_draws_per_epoch"] == pytest.approx(139 / 20)
    assert evidence.measured()["memorisation/largest_recall_gap"] == evidence.classes[1].recall_gap.value
    assert "each was drawn 6.0 times per epoch" in evidence.notes[0]
    assert evidence.classes[0].f1_gap.low is None


def test_a_class_that_is_missing_is_undefined_and_breaks_nothing() -> None:
    train = predictions([0, 0, 1], [0, 1, 1], "train")
    val = predictions([0, 0, 0], [0, 0, 2], "val")
    evidence = measure_memorisation(train, val, np.array([1, 1, 2]), 0, resamples=20)
    jade, onyx = evidence.classes[1:]
    assert (jade.recall_gap.value, jade.val_f1, jade.f1_gap.value) == (None, None, None)
    assert (onyx.images, onyx.train_recall.value, onyx.draws_mean) == (0, None, None)
    assert evidence.measured()["memorisation/most_draws_per_epoch"] is None
    assert measure_memorisation(train, val, None, 3, resamples=0).classes[0].draws_max is None


def test_images_of_one_group_count_as_one() -> None:
    train, val = gapped()
    together = Predictions(
        val.ids,
        np.array([f"g{row // 8}" for row in range(len(val))]),
        *[getattr(val, name) for name in ("split", "labels", "class_names", "logits")],
    )
    alone, grouped = measured(train, val).classes[1], measured(train, together).classes[1]
    assert grouped.recall_gap.value == alone.recall_gap.value
    assert grouped.recall_gap.low < alone.recall_gap.low
    assert grouped.recall_gap.method == "Newcombe over groups"


def test_draws_of_other_images_are_refused() -> None:
    train, val = gapped()
    with pytest.raises(DataError, match="300 training images, but 5 numbers of draws"):
        measure_memorisation(train, val, np.ones(5, int), 3)


def test_what_was_found_is_written_as_json_and_read_back() -> None:
    evidence = measured(*gapped())
    assert from_record(MemorisationEvidence, json.loads(json.dumps(dataclasses.asdict(evidence)))) == evidence


def test_of_many_classes_the_worst_are_named() -> None:
    names = tuple(f"class {number}" for number in range(12))
    labels = np.repeat(range(12), 30)
    train, val = predictions(labels, labels, "train", names), predictions(labels, (labels + 1) % 12, "val", names)
    notes = measured(train, val).notes
    assert len(notes) == 6
    assert notes[-1] == "So are 7 more classes."
