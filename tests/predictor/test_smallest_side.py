from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from assay.postprocess.calibration import Calibrator, NoCalibration
from assay.postprocess.reject import NoReject, RejectRule
from assay.predictor import Answerer, unlabelled_predictions


@dataclass(frozen=True)
class Fixed(Answerer):
    """Says the same about every picture."""

    class_names: tuple[str, ...] = ("real", "generated")
    ordered: bool = False
    preprocessing: None = None
    calibrator: Calibrator = field(default_factory=NoCalibration)
    reject: RejectRule = field(default_factory=NoReject)
    ood: None = None
    smallest_side: int | None = None

    def raw_predictions(self, images):
        logits = np.tile(np.array([[0.0, 4.0]], dtype=np.float32), (len(images), 1))
        return unlabelled_predictions(images, logits, np.zeros((len(images), 2), np.float32), self.class_names,
                                      ordered=False)  # fmt: skip


PICTURES = [np.zeros((height, width, 3), dtype=np.uint8) for height, width in ((47, 300), (48, 48), (300, 20))]


def test_an_answer_about_a_picture_smaller_than_the_limit_is_unsure_and_says_why() -> None:
    small, enough, narrow = Fixed(smallest_side=48).answers(PICTURES)
    assert [each.domain for each in (small, enough, narrow)] == ["unsure", "in-domain", "unsure"]
    assert small.reason == "its shorter side has 47 pixels; from 48 on the model may be asked"
    assert "20 pixels" in narrow.reason
    assert enough.reason == ""
    assert small.label == "generated"  # what the model would say stays to be read


@pytest.mark.parametrize("limit", [None, 1])
def test_without_a_limit_every_size_is_answered(limit) -> None:
    assert {each.domain for each in Fixed(smallest_side=limit).answers(PICTURES)} == {"in-domain"}


def test_what_is_of_another_kind_stays_so_however_small() -> None:
    @dataclass(frozen=True)
    class Out:
        def judge(self, predictions):
            return replace(self, domain=np.full(len(predictions), 2), reasons=("other",) * len(predictions))

        domain: object = None
        reasons: tuple[str, ...] = ()

    told = replace(Fixed(smallest_side=48), ood=Out()).answers(PICTURES)
    assert {(each.domain, each.reason) for each in told} == {("out", "other")}
