"""Classified: what became of one picture that was asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.postprocess.ood.two_stage import DOMAINS
from assay.predictor import Answer
from assay.serving.engine import Engine

POSSIBLE_SEPARATOR = "|"


@dataclass(frozen=True)
class Classified:
    """An answer about a picture, or why there is none.

    Attributes:
        picture: as it was named.
        answer: None where the picture cannot be read.
        error: why not; else "".
        read_ms: milliseconds of reading and decoding it.
        answer_ms: milliseconds of network and rules; of a batch, an equal share.
        bytes: of the file; 0 where it has none.
        modified_ns: of the file, nanoseconds since 1970; 0 where it has none.
    """

    picture: str
    answer: Answer | None
    error: str = ""
    read_ms: float = 0.0
    answer_ms: float = 0.0
    bytes: int = 0
    modified_ns: int = 0

    @property
    def for_a_person(self) -> bool:
        """Whether a person should look: too little confidence, a picture of another kind, or none that can be read."""
        return self.answer is None or for_a_person(self.answer)


def for_a_person(answer: Answer) -> bool:
    """Whether a person should look at a picture, because the answer is unsure or the picture may be of another kind."""
    return answer.rejected or answer.domain != DOMAINS[0]


def answer_document(answer: Answer, engine: Engine) -> dict[str, Any]:
    """An answer as JSON values."""
    return {
        "label": answer.label,
        "confidence": answer.confidence,
        "probabilities": dict(zip(engine.class_names, map(float, answer.probabilities), strict=True)),
        "possible": list(answer.possible),
        "domain": answer.domain,
        "reason": answer.reason,
        "for_a_person": for_a_person(answer),
    }


def document_of(classified: Classified, engine: Engine) -> dict[str, Any]:
    """The answer as JSON values, the same for the command line and every line of a results file."""
    answer = classified.answer
    document: dict[str, Any] = {"picture": classified.picture, "error": classified.error}
    if answer is not None:
        document |= answer_document(answer, engine)
    return document | {
        "for_a_person": classified.for_a_person,
        "read_ms": round(classified.read_ms, 2),
        "answer_ms": round(classified.answer_ms, 2),
        "bytes": classified.bytes,
        "modified_ns": classified.modified_ns,
        "model": engine.origin.model,
        "version": engine.origin.version,
        "bundle": engine.digest,
    }


def row_of(classified: Classified, engine: Engine) -> dict[str, Any]:
    """The same as one row of a table: a column for each class's probability."""
    document = document_of(classified, engine)
    probabilities = document.pop("probabilities", {})
    columns = {name: document.get(name, "") for name in ("picture", "label", "confidence")}
    columns |= {"possible": POSSIBLE_SEPARATOR.join(document.get("possible", []))}
    columns |= {name: document.get(name, "") for name in ("domain", "reason", "for_a_person", "error")}
    columns |= {f"probability_{name}": probabilities.get(name, "") for name in engine.class_names}
    rest = ("read_ms", "answer_ms", "bytes", "modified_ns", "model", "version", "bundle")
    return columns | {name: document[name] for name in rest}
