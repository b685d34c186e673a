"""Looked: a picture and what one arm said about it, on its way into the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.data.image import Pixels
from assay.predictor import Answer
from assay.serving.arms import Assigned
from assay.serving.classified import answer_document, for_a_person
from assay.serving.further import Further
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.serving.upload import Upload
from assay.store.components import packed
from assay.store.ids import new_id, now
from assay.store.prediction_log import PredictionRecord


@dataclass(frozen=True)
class Looked:
    """A picture with its answer, before it is logged.

    Attributes:
        upload: as it was sent.
        picture: its HMAC.
        answer: None where it cannot be read.
        statistics: of its pixels, by name.
        refusal: why it cannot be read.
        timing_ms: milliseconds by stage.
        cached: whether it was answered before.
        kept: whether it is kept, with consent.
        image: uint8 RGB [H, W, 3], for who else looks at it; None for nobody, or where it was answered before.
        further: what was asked for beside the answer.
    """

    upload: Upload
    picture: str
    answer: Answer | None
    statistics: dict[str, float]
    refusal: Refusal | None
    timing_ms: dict[str, float]
    cached: bool = False
    kept: bool = False
    image: Pixels | None = None
    further: Further = field(default_factory=Further)


def record_of(
    each: Looked, answer: Answer, assigned: Assigned, identity: Identity, request_id: str, total_ms: float
) -> PredictionRecord:
    """What the log keeps of it; `total_ms` are milliseconds from the first byte on."""
    engine, person = assigned.engine, for_a_person(answer) or each.further.for_a_person
    return PredictionRecord(
        id=new_id(),
        time=now(),
        request=request_id,
        subject=identity.key.subject,
        key=identity.key.id,
        picture=each.picture,
        model=engine.origin.model,
        version=engine.origin.version,
        bundle=engine.digest,
        arm=assigned.arm,
        label=answer.label,
        confidence=answer.confidence,
        answer={**answer_document(answer, engine), **each.further.document(), "for_a_person": person},
        statistics=each.statistics,
        domain=answer.domain,
        for_a_person=person,
        total_ms=round(total_ms, 3),
        kept=each.kept,
        experiment=assigned.experiment,
        engine_ms=round(each.timing_ms.get("engine", 0.0), 3),
        rejected=answer.rejected,
        components=packed(answer.components),
    )
