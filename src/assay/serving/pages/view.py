"""AnswerView: an answer as a page says it, of what a client hears or of what the log has kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.deploy.bundle.bundle import EVIDENCE, SET_METHOD
from assay.evaluation.evidence import Evidence
from assay.postprocess.ood.two_stage import DOMAINS
from assay.serving.engine import Engine
from assay.serving.explanation import NO_SIGNAL, NOT_CHECKED, OTHER_FORM, OWN_SCALE
from assay.serving.pages.meaning import Meaning, meaning_of
from assay.serving.pages.picture import PagePicture
from assay.serving.refusal import Refusal

ANSWER, UNSURE, OTHER, UNREADABLE = "answer", "unsure", "other", "unreadable"
KINDS = (ANSWER, UNSURE, OTHER, UNREADABLE)
MOST_BARS = 8
"""Classes whose probabilities stand beside an answer; the rest can be opened."""


NOTES = {
    NOT_CHECKED: "map.unchecked",
    OWN_SCALE: "map.own_scale",
    NO_SIGNAL: "map.no_signal",
    OTHER_FORM.partition("{")[0]: "map.other_form",
}
"""Beginning of a sentence about a map -> its phrase; what was measured of a model is said in the model's own words."""


@dataclass(frozen=True)
class Bar:
    """The probability of a class.

    Attributes:
        label: its name.
        share: in [0, 1].
        percent: in words: "93 %", "< 1 %".
    """

    label: str
    share: float
    percent: str


@dataclass(frozen=True)
class MeasuredAnswers:
    """What was measured of the model that answered, as far as it is about this answer.

    Attributes:
        meaning: of the confidence; None where too little was measured.
        right: of 100 test pictures; None where that is unknown.
        n: test pictures.
        level: in per cent, with which the possible classes hold the true one; None where they were not measured.
        maps: whether maps passed the sanity checks; None where nobody checked.
    """

    meaning: Meaning | None = None
    right: int | None = None
    n: int = 0
    level: int | None = None
    maps: bool | None = None


@dataclass(frozen=True)
class AnswerView:
    """An answer about one picture.

    Attributes:
        kind: of `KINDS`.
        id: of the answer; "" where there is none.
        why: phrase that says why it is no plain answer; "" for one that is.
        name: of the picture, as the browser has it; "" where it is not known any more.
        label: most probable class.
        percent: its confidence.
        bars: all classes, the most probable first.
        possible: classes of the conformal set, the most probable first.
        reason: what a check says, as the service's log has it; "" for nothing.
        deliveries: (delivery, class, confidence) of the picture delivered again; () where that was not asked.
        measured: of the model.
        picture: what is shown of it.
        notes: (phrase, sentence) about its map; the phrase is "" for what only the model's own record says.
        no_map: why there is none, where one was asked for.
        kept: whether the picture is kept, with consent.
        origins: phrases about where the file says that it comes from, with their values.
    """

    kind: str
    id: str = ""
    why: str = ""
    name: str = ""
    label: str = ""
    percent: str = ""
    bars: tuple[Bar, ...] = ()
    possible: tuple[str, ...] = ()
    reason: str = ""
    deliveries: tuple[tuple[str, str, str], ...] = ()
    measured: MeasuredAnswers = field(default_factory=MeasuredAnswers)
    picture: PagePicture | None = None
    notes: tuple[tuple[str, str], ...] = ()
    no_map: str = ""
    kept: bool = False
    origins: tuple[tuple[str, dict[str, Any]], ...] = ()


def view_of_answer(document: Mapping[str, Any], engine: Engine | None, **more: Any) -> AnswerView:
    """An answer as a page says it.

    Args:
        document: of the answer, as `answer_document` and `Further.document` make it.
        engine: that gave it; None where it answers no longer, so that nothing is known of what was measured.
        more: further attributes.
    """
    probabilities = document["probabilities"]
    ranked = sorted(probabilities.items(), key=lambda pair: -pair[1])
    explanation = document.get("explanation") or {}
    kind, why = _kind(document)
    return AnswerView(
        kind=kind,
        why=why,
        label=document["label"],
        percent=percent_of(document["confidence"]),
        bars=tuple(Bar(label, float(share), percent_of(share)) for label, share in ranked),
        possible=tuple(document.get("possible", ())),
        reason=document.get("reason", ""),
        deliveries=_deliveries(document.get("probe")),
        measured=measured_of(engine, document["confidence"]),
        notes=tuple((_phrase_of(note), note) for note in explanation.get("notes", ())),
        no_map=explanation.get("why", ""),
        **more,
    )


def _phrase_of(note: str) -> str:
    return next((phrase for start, phrase in NOTES.items() if note.startswith(start)), "")


def view_of_refusal(refusal: Refusal | None, name: str, **more: Any) -> AnswerView:
    """A picture about which nothing can be said."""
    kind = "fault" if refusal is None else refusal.name
    known = kind if kind in ("format", "unreadable", "too-large", "address", "fetch") else "unreadable"
    why, reason = f"answer.unreadable.{known}", "" if refusal is None else refusal.detail
    return AnswerView(UNREADABLE, why=why, name=name, reason=reason, **more)


def _deliveries(probe: Mapping[str, Any] | None) -> tuple[tuple[str, str, str], ...]:
    if not probe:
        return ()
    return tuple((each["delivery"], each["label"], percent_of(each["confidence"])) for each in probe["answers"])


def _kind(document: Mapping[str, Any]) -> tuple[str, str]:
    probe = document.get("probe")
    if document["domain"] == DOMAINS[2]:
        return OTHER, "answer.why.other"
    if probe and not probe["stable"]:
        return UNSURE, "answer.why.unstable"
    if document["domain"] == DOMAINS[1]:
        return UNSURE, "answer.why.unlike"
    if document["for_a_person"]:
        return UNSURE, "answer.why.unsure"
    return ANSWER, ""


def percent_of(share: float) -> str:
    """A probability in whole per cent; what is not quite all or nothing is never said to be."""
    rounded = round(100 * share)
    if rounded == 100 and share < 1:
        return "> 99 %"
    return "< 1 %" if rounded == 0 and share > 0 else f"{rounded} %"


def measured_of(engine: Engine | None, confidence: float) -> MeasuredAnswers:
    """What was measured of a model, as far as it is about an answer of this confidence."""
    evidence = evidence_of(engine)
    if evidence is None:
        return MeasuredAnswers()
    accuracy = evidence.metrics["accuracy"].value if "accuracy" in evidence.metrics else None
    levels = [each.level for each in evidence.conformal if each.method == SET_METHOD]
    return MeasuredAnswers(
        meaning_of(evidence, confidence),
        None if accuracy is None else round(100 * accuracy),
        evidence.n,
        round(100 * levels[0]) if levels else None,
        None if evidence.explanation is None else evidence.explanation.passed,
    )


def evidence_of(engine: Engine | None) -> Evidence | None:
    """What was measured of a model; None where its bundle holds nothing of it."""
    if engine is None or EVIDENCE not in engine.bundle.about.files:
        return None
    return engine.bundle.evidence
