import dataclasses
import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from tests.conftest import predictions

from assay.errors import DataError
from assay.evaluation.catalogue import metric
from assay.evaluation.delivery import measure_delivery, smallest_side
from assay.evaluation.delivery_evidence import DeliveryEvidence
from assay.evaluation.metric_entry import GENERATED
from assay.evaluation.record import from_record
from assay.evaluation.resampling import Resampling
from assay.postprocess.calibration.false_alarms import FalseAlarms

NAMES = np.repeat(["", "gan", "vae"], [400, 200, 200])
OF = dict(zip([f"test-{i:06d}" for i in range(800)], NAMES.tolist(), strict=True))
CALIBRATOR = FalseAlarms.from_state(
    {"method": "false_alarms", "reference": 0, "rate": 0.05, "threshold": 1.5, "temperature": 2.0, "n": 9, "notes": []}
)
FEW = Resampling(200, 0, 0.95)


def made(shift: float, split: str = "test", *, seed: int = 1):
    rng = np.random.default_rng(seed)
    margins = rng.normal(np.repeat([0.0, shift, 9.0], [400, 200, 200]), 1)
    return predictions((NAMES != "").astype(int), np.stack([-margins / 2, margins / 2], 1), split=split)


def test_generators_that_training_saw_do_not_raise_the_numbers_of_those_that_it_did_not() -> None:
    test = made(2.0)
    found = measure_delivery({("", "as they are"): test}, OF, CALIBRATOR, seen=["vae"], how_drawn=FEW)
    rows = NAMES != "vae"
    margins = test.logits[:, 1] - test.logits[:, 0]
    (chain,) = found.chains
    assert found.generators == ("gan",)
    assert found.unseen
    assert chain.auroc.value == pytest.approx(roc_auc_score(test.labels[rows], margins[rows]))
    assert chain.accuracy.value == pytest.approx(balanced_accuracy_score(test.labels[rows], margins[rows] > 1.5))
    assert chain.false_accusations.value == pytest.approx((margins[NAMES == ""] > 1.5).mean())
    for one in (chain.auroc, chain.accuracy, chain.false_accusations):
        assert one.low < one.value < one.high


def test_where_training_saw_every_generator_all_are_judged_and_it_is_said() -> None:
    found = measure_delivery({("", "as they are"): made(2.0)}, OF, CALIBRATOR, seen=["gan", "vae"], how_drawn=FEW)
    assert found.generators == ("gan", "vae")
    assert not found.unseen


def test_the_worst_of_the_chains_is_logged_and_the_pictures_as_they_are_are_no_chain() -> None:
    tests = {("", "as they are"): made(0.5), ("mild", "JPEG 90"): made(3.0), ("hard", "JPEG 20"): made(1.0)}
    found = measure_delivery(tests, OF, CALIBRATOR, seen=["vae"], how_drawn=Resampling(0, 0, 0.95))
    logged = found.measured()
    assert logged["delivery/worst_auroc"] == logged["delivery/hard/auroc"]
    assert logged["delivery/worst_accuracy"] == logged["delivery/hard/accuracy"]
    assert logged["delivery/hard/auroc"].value > found.chains[0].auroc.value
    assert "delivery/smallest_side" not in logged
    assert replace(found, smallest_side=48).measured()["delivery/smallest_side"] == 48


def test_a_chain_of_other_images_is_refused() -> None:
    test = made(2.0)
    tests = {("", "as they are"): test, ("a", "b"): replace(test, ids=test.ids[::-1].copy())}
    with pytest.raises(DataError, match="not of the images"):
        measure_delivery(tests, OF, CALIBRATOR, seen=[], how_drawn=FEW)


def sides(shifts: dict[int, float], split: str = "val", **asked):
    smaller = {side: made(shift, split, seed=side) for side, shift in shifts.items()}
    return smallest_side(smaller, 1, CALIBRATOR, **{"accuracy": 0.8, "accused": 0.2, "how_drawn": FEW, **asked})


def test_the_smallest_side_is_the_least_above_which_nothing_fails() -> None:
    told, least = sides({128: 9.0, 64: 5.0, 48: 0.0, 32: 9.0})
    assert [(each.side, each.enough) for each in told] == [(128, True), (64, True), (48, False), (32, True)]
    assert least == 64


def test_no_side_is_named_where_the_largest_fails_or_the_interval_reaches_too_far() -> None:
    assert sides({128: 0.0, 64: 9.0})[1] is None
    told, least = sides({64: 9.0}, accused=0.07)  # 6.7 % of a normal curve lie above 1.5, and the interval goes on
    assert told[0].false_accusations.high > 0.07
    assert least is None


def test_the_smallest_side_is_never_chosen_on_test() -> None:
    with pytest.raises(DataError, match="chosen on val or calib, got test"):
        sides({64: 9.0}, split="test")


def test_it_is_written_and_read_back() -> None:
    found = measure_delivery({("", "as they are"): made(2.0)}, OF, CALIBRATOR, seen=["vae"], how_drawn=FEW)
    told, least = sides({64: 9.0})
    found = replace(found, sides=told, smallest_side=least)
    assert from_record(DeliveryEvidence, json.loads(json.dumps(dataclasses.asdict(found)))) == found


def test_every_number_that_is_logged_is_in_the_catalogue_so_that_gate_and_comparison_know_its_better_side() -> None:
    found = measure_delivery({("", "as they are"): made(2.0), ("mild", "JPEG 90"): made(3.0)}, OF, CALIBRATOR,
                             seen=["vae"], how_drawn=Resampling(0, 0, 0.95))  # fmt: skip
    for name in replace(found, smallest_side=48).measured():
        entry = metric(name)
        assert entry.group == GENERATED, name
        assert entry.better == ("lower" if "accus" in name or "side" in name else "higher"), name
