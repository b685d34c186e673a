"""Result: what a client hears about one picture."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.predictor import Answer
from assay.serving.further import Further
from assay.serving.looked import Looked
from assay.serving.refusal import Refusal


@dataclass(frozen=True)
class Result:
    """What a client hears about one picture.

    Attributes:
        id: of the answer; "" where there is none.
        name: of the picture, as it was sent.
        answer: None where the picture cannot be read.
        refusal: why not.
        timing_ms: milliseconds by stage: fetch, decode, wait, engine.
        cached: whether it was answered before.
        kept: whether the picture was kept, with consent.
        further: what was asked for beside the answer.
    """

    id: str
    name: str
    answer: Answer | None
    refusal: Refusal | None
    timing_ms: dict[str, float]
    cached: bool = False
    kept: bool = False
    further: Further = field(default_factory=Further)


def result_of(each: Looked, prediction: str) -> Result:
    """The result of a picture.

    Args:
        each: that was looked at.
        prediction: id of its answer; "" where there is none.
    """
    name, timing = each.upload.name, each.timing_ms
    return Result(prediction, name, each.answer, each.refusal, timing, each.cached, each.kept, each.further)
