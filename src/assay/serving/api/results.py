"""What is answered about pictures, as documents."""

from __future__ import annotations

from typing import Any

from assay.serving.api.documents import ClassifyDocument, ModelDocument, Problem, ResultDocument
from assay.serving.classified import answer_document
from assay.serving.disclaimer import DISCLAIMER
from assay.serving.engine import Engine
from assay.serving.model_card import limits_of_bundle
from assay.serving.result import Result


def classified_document(engine: Engine, results: list[Result], request_id: str) -> ClassifyDocument:
    """What is answered about the pictures of a request."""
    return ClassifyDocument(
        request_id=request_id,
        model=model_document(engine),
        results=[_result(each, engine, request_id) for each in results],
        disclaimer=DISCLAIMER,
        limits=list(limits_of_bundle(engine.bundle)),
    )


def model_document(engine: Engine) -> ModelDocument:
    """Which model an engine is of."""
    origin = engine.origin
    return ModelDocument(
        name=origin.model, version=origin.version, bundle=engine.digest, serves=engine.bundle.about.serves
    )


def _result(each: Result, engine: Engine, request_id: str) -> ResultDocument:
    timing = {stage: round(milliseconds, 2) for stage, milliseconds in each.timing_ms.items()}
    common: dict[str, Any] = {
        "id": each.id,
        "name": each.name,
        "cached": each.cached,
        "timing_ms": timing,
        "kept": each.kept,
    }
    if each.answer is None:
        problem = None if each.refusal is None else Problem(**each.refusal.document(request_id))
        return ResultDocument(**common, for_a_person=True, problem=problem)
    members = {**answer_document(each.answer, engine), **each.further.document_with_map()}
    members["for_a_person"] = members["for_a_person"] or each.further.for_a_person
    return ResultDocument(**common, **members)
